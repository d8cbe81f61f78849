// All runs over two quantities, coloured by a third.

class Scatter {
  constructor(canvas, key) {
    this.canvas = canvas;
    this.key = key;
    this.places = [];
    this.base = document.createElement('canvas');
  }

  /** Draws everything but the marks. */
  draw(axes) {
    const { x, y, colour } = axes;
    const width = this.canvas.clientWidth || 600;
    const height = Math.round(Math.min(Math.max(width * 0.62, 300), 520));
    const bar = colour.kind === 'category' || !colour.values ? 0 : 84;
    this.box = { left: 74, top: 8, width: width - 86 - bar, height: height - 60 };
    const { context } = prepare(this.canvas, height);
    const scales = { x: new Scale(x.values, x.log), y: new Scale(y.values, y.log) };
    drawAxes(context, this.box, scales.x.ticks(this.box.width / 80), scales.y.ticks(this.box.height / 45),
      { x: withUnit(x), y: withUnit(y) });
    this.places = state.numbers.map((_, row) => {
      const [across, up] = [scales.x.place(x.values[row]), scales.y.place(y.values[row])];
      if (across === null || up === null) return null;
      return { x: this.box.left + across * this.box.width, y: this.box.top + (1 - up) * this.box.height };
    });
    this.points(context, colour);
    if (bar) this.bar(context, colour);
    this.base.width = this.canvas.width;
    this.base.height = this.canvas.height;
    this.base.getContext('2d').drawImage(this.canvas, 0, 0);
    this.canvas.setAttribute('aria-label', `Runs: ${withUnit(y)} over ${withUnit(x)}`);
    this.explain(colour);
  }

  points(context, colour) {
    const paint = this.paint(colour);
    const radius = state.numbers.length > 1500 ? 2.4 : state.numbers.length > 400 ? 3.2 : 4.2;
    for (const kind of ['p', 'd', 'f'])
      this.places.forEach((place, row) => {
        if (!place || state.states[row] !== kind) return;
        if (kind === 'f') return cross(context, place, 4.5);
        context.beginPath();
        context.arc(place.x, place.y, radius, 0, 2 * Math.PI);
        if (kind === 'p') {
          context.strokeStyle = colourOf('pending');
          context.lineWidth = 1.2;
          context.stroke();
        } else {
          context.fillStyle = paint(row);
          context.fill();
        }
      });
  }

  /** From a run to the colour of its point. */
  paint(colour) {
    if (!colour.values) return () => colourOf('shown');
    if (colour.kind === 'category') return (row) => KINDS[colour.values[row] % KINDS.length];
    const map = POINTS[theme()];
    const scale = new Scale(colour.values, colour.log, 0);
    return (row) => {
      const share = scale.place(colour.values[row]);
      return share === null ? colourOf('pending') : css(map(share));
    };
  }

  bar(context, colour) {
    const box = { left: this.box.left + this.box.width + 18, top: this.box.top, width: 12, height: this.box.height };
    const map = POINTS[theme()];
    for (let i = 0; i < box.height; ++i) {
      context.fillStyle = css(map(1 - i / box.height));
      context.fillRect(box.left, box.top + i, box.width, 1);
    }
    context.fillStyle = colourOf('soft');
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    for (const tick of new Scale(colour.values, colour.log, 0).ticks(box.height / 45))
      context.fillText(tick.text, box.left + box.width + 5, box.top + (1 - tick.at) * box.height);
  }

  explain(colour) {
    this.key.replaceChildren();
    const entry = (text) => make('li', text, this.key);
    if (colour.kind === 'category')
      state.molecules.names.forEach((name, i) => {
        const item = entry(`● ${formula(name)}`);
        item.style.color = KINDS[i % KINDS.length];
      });
    else if (colour.values) entry(`colour: ${withUnit(colour)}${colour.kind === 'diagnostic' ? `, ${colour.label}` : ''}`);
    const hidden = this.places.filter((place, row) => !place && state.states[row] === 'd').length;
    if (state.states.includes('f')) entry('✕ failed').style.color = colourOf('failed');
    if (state.states.includes('p')) entry('○ pending');
    if (hidden) entry(`${hidden} not shown: no value on these axes`);
    const missing = this.places.filter((place, row) => !place && state.states[row] !== 'd').length;
    if (missing) entry(`${missing} that are not done have no value on these axes`);
  }

  /** Rings around the run that is shown and the one that is pinned. */
  mark(shown, pinned) {
    const context = restored(this.canvas, this.base);
    for (const [row, name, radius] of [[pinned, 'pinned', 10], [shown, 'shown', 7.5]]) {
      const place = row === null ? null : this.places[row];
      if (!place) continue;
      for (const [colour, width] of [[colourOf('card'), 5], [colourOf(name), 2.5]]) {
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.beginPath();
        context.arc(place.x, place.y, radius, 0, 2 * Math.PI);
        context.stroke();
      }
    }
  }

  /** The run nearest to a point of the canvas; null if none is near. */
  near(x, y, most = 30) {
    let best = null, distance = most * most;
    this.places.forEach((place, row) => {
      if (!place) return;
      const square = (place.x - x) ** 2 + (place.y - y) ** 2;
      if (square < distance) [best, distance] = [row, square];
    });
    return best;
  }

  /** The nearest run in a direction; the same one if there is none. */
  towards(row, dx, dy) {
    const from = row === null ? null : this.places[row];
    if (!from) return this.places.findIndex((place) => place !== null);
    let best = row, cost = Infinity;
    this.places.forEach((place, other) => {
      if (!place || other === row) return;
      const along = (place.x - from.x) * dx + (place.y - from.y) * dy;
      const aside = Math.abs((place.x - from.x) * dy) + Math.abs((place.y - from.y) * dx);
      if (along > 0.5 && along + 3 * aside < cost) [best, cost] = [other, along + 3 * aside];
    });
    return best;
  }
}

function cross(context, place, size) {
  context.strokeStyle = colourOf('failed');
  context.lineWidth = 2;
  line(context, place.x - size, place.y - size, place.x + size, place.y + size);
  line(context, place.x - size, place.y + size, place.x + size, place.y - size);
}
