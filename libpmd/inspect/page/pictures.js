// The packed pictures: base64 of deflated differences along kx, one behind the other.

class Pictures {
  constructor(about, text) {
    this.about = about;
    this.text = text;
    this.begins = [];
    let at = 0;
    for (const length of about.lengths) {
      this.begins.push(at);
      at += length;
    }
    this.unpacked = new Map();
  }
  has(row) { return this.about.lengths[row] > 0; }

  /** A canvas with the picture of a run, kx to the right and ky up. */
  async of(row) {
    if (!this.unpacked.has(row)) {
      if (this.unpacked.size > 300) this.unpacked.clear();
      this.unpacked.set(row, await this.unpack(row));
    }
    return this.unpacked.get(row);
  }

  async unpack(row) {
    const packed = atob(this.text.slice(this.begins[row], this.begins[row] + this.about.lengths[row]));
    const bytes = Uint8Array.from(packed, (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
    const levels = new Uint8Array(await new Response(stream).arrayBuffer());
    const { width, height } = this.about;
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext('2d');
    const image = context.createImageData(width, height);
    const colours = Array.from({ length: 256 }, (_, level) => DISTRIBUTION(level / 255));
    for (let i = 0; i < width; ++i)
      for (let j = 0; j < height; ++j) {
        const at = i * height + j;
        if (i > 0) levels[at] += levels[at - height];
        image.data.set([...colours[levels[at]], 255], 4 * ((height - 1 - j) * width + i));
      }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  /** Draws a run's picture with its axes, or says why there is none. */
  async draw(canvas, row, isCurrent) {
    const { kx, ky } = this.about;
    const width = canvas.clientWidth || 300;
    const box = { left: 52, top: 6, width: width - 62 };
    box.height = box.width * (ky[1] - ky[0]) / (kx[1] - kx[0]);
    const note = this.noteOn(row);
    let picture = null;
    try {
      picture = note ? null : await this.of(row);
    } catch (error) {
      if (isCurrent()) this.frame(canvas, box, null, 'This browser cannot unpack pictures.');
      return;
    }
    if (!isCurrent()) return;
    this.frame(canvas, box, picture, note);
    canvas.setAttribute('aria-label', note || `momentum distribution of run ${state.numbers[row]}`);
  }

  noteOn(row) {
    if (row === null) return 'no run';
    if (this.has(row)) return '';
    const fault = this.about.faults[row];
    if (fault) return fault;
    return state.states[row] === 'd' ? 'no picture of this run in this page' : `${STATES[state.states[row]]}: no distribution`;
  }

  frame(canvas, box, picture, note) {
    const { context, width } = prepare(canvas, box.height + 56);
    const { kx, ky } = this.about;
    context.fillStyle = picture ? css(DISTRIBUTION(0)) : colourOf('grid');
    context.fillRect(box.left, box.top, box.width, box.height);
    if (picture) {
      context.imageSmoothingQuality = 'high';
      context.drawImage(picture, box.left, box.top, box.width, box.height);
    } else {
      context.fillStyle = colourOf('soft');
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      context.fillText(note, box.left + box.width / 2, box.top + box.height / 2, box.width - 10);
    }
    drawAxes(context, box, new Scale(kx, false, 0).ticks(Math.max(3, width / 70)), new Scale(ky, false, 0).ticks(Math.max(3, box.height / 45)),
      { x: 'kx (a.u.)', y: 'ky (a.u.)' }, false);
  }

  bar(canvas) {
    const { context, width } = prepare(canvas, 42);
    const box = { left: 52, width: Math.min(width - 62, 420), top: 4, height: 10 };
    for (let x = 0; x < box.width; ++x) {
      context.fillStyle = css(DISTRIBUTION(x / (box.width - 1)));
      context.fillRect(box.left + x, box.top, 1, box.height);
    }
    context.fillStyle = colourOf('soft');
    context.textBaseline = 'top';
    context.textAlign = 'center';
    for (let power = this.about.floor; power <= 0; ++power)
      context.fillText(power === 0 ? '1' : `10${raised(power)}`, box.left + (1 - power / this.about.floor) * box.width, box.top + box.height + 5);
    context.textAlign = 'left';
    if (width > box.width + 180) context.fillText('of the run’s largest', box.left + box.width + 20, box.top + box.height + 5);
  }
}
