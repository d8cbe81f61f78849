// How often a quantity has which value.

class Histogram {
  constructor(canvas, note) {
    this.canvas = canvas;
    this.note = note;
    this.base = document.createElement('canvas');
  }

  /** Draws everything but the marks. */
  draw(column) {
    const width = this.canvas.clientWidth || 600, height = 240;
    const { context } = prepare(this.canvas, height);
    const box = { left: 74, top: 10, width: width - 86, height: height - 66 };
    const scale = new Scale(column.values, column.log, 0.02);
    const places = column.values.map((value) => scale.place(value)).filter((place) => place !== null);
    const bins = Math.min(Math.max(Math.round(Math.sqrt(places.length) * 1.5), 8), 60);
    const counts = new Array(bins).fill(0);
    for (const place of places) ++counts[Math.min(Math.floor(place * bins), bins - 1)];
    const up = new Scale([0, Math.max(...counts, 1)], false, 0);
    up.high *= 1.08;
    drawAxes(context, box, scale.ticks(box.width / 80), up.ticks(6).filter((tick) => !tick.text.includes('.')),
      { x: withUnit(column), y: 'runs' });
    context.fillStyle = colourOf('shown');
    context.globalAlpha = 0.55;
    counts.forEach((count, i) => {
      const high = up.place(count) * box.height;
      context.fillRect(box.left + (i / bins) * box.width + 0.75, box.top + box.height - high, box.width / bins - 1.5, high);
    });
    context.globalAlpha = 1;
    this.base.width = this.canvas.width;
    this.base.height = this.canvas.height;
    this.base.getContext('2d').drawImage(this.canvas, 0, 0);
    [this.box, this.scale, this.values] = [box, scale, column.values];
    const known = column.values.filter((value) => value !== null).sort((a, b) => a - b);
    const median = known.length ? (known[(known.length - 1) >> 1] + known[known.length >> 1]) / 2 : null;
    const meaning = column.kind === 'diagnostic' ? `${column.label[0].toUpperCase()}${column.label.slice(1)}. ` : '';
    this.note.textContent = `${meaning}${known.length} runs: ${shownNumber(known[0] ?? null)} to ${shownNumber(known.at(-1) ?? null)}, median ${shownNumber(median)}` +
      (shownUnit(column.unit) ? ` ${shownUnit(column.unit)}` : '') + (places.length < known.length ? `; ${known.length - places.length} not above 0 are left out` : '');
    this.canvas.setAttribute('aria-label', `Histogram of ${withUnit(column)}; ${this.note.textContent}`);
  }
  /** Lines at the run that is shown and at the one that is pinned. */
  mark(shown, pinned) {
    const context = restored(this.canvas, this.base);
    for (const [row, name] of [[pinned, 'pinned'], [shown, 'shown']]) {
      const place = row === null ? null : this.scale.place(this.values[row]);
      if (place === null) continue;
      const at = this.box.left + place * this.box.width;
      context.strokeStyle = colourOf(name);
      context.lineWidth = 2.5;
      line(context, at, this.box.top, at, this.box.top + this.box.height);
    }
  }
}
