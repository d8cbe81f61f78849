// Canvases, scales, and axes with ticks.

const FONT = '13px system-ui, "DejaVu Sans", sans-serif';

const colourOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Sizes a canvas for the screen's pixels and clears it; drawing is in CSS pixels. */
function prepare(canvas, height) {
  const width = canvas.clientWidth || 600;
  const ratio = window.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = FONT;
  return { context, width, height };
}

/** Puts back what was drawn before. */
function restored(canvas, base) {
  const context = canvas.getContext('2d');
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(base, 0, 0);
  context.restore();
  return context;
}

/** Where values lie between 0 and 1. */
class Scale {
  constructor(values, log, margin = 0.04) {
    const known = values.filter((value) => value !== null && (!log || value > 0));
    let low = Infinity, high = -Infinity;
    for (const value of known) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (low > high) [low, high] = log ? [1, 10] : [0, 1];
    this.log = log;
    [this.low, this.high] = [this.along(low), this.along(high)];
    if (this.low === this.high) {
      const half = log ? 0.5 : Math.abs(this.low) / 2 || 0.5;
      [this.low, this.high] = [this.low - half, this.high + half];
    }
    const more = margin * (this.high - this.low);
    [this.low, this.high] = [this.low - more, this.high + more];
  }
  along(value) { return this.log ? Math.log10(value) : value; }
  /** null for what has no place. */
  place(value) {
    if (value === null || (this.log && value <= 0)) return null;
    return (this.along(value) - this.low) / (this.high - this.low);
  }
  ticks(most) { return this.log ? this.decades(most) : this.round(most); }
  round(most) {
    const rough = (this.high - this.low) / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const ticks = [];
    for (let i = Math.ceil(this.low / step - 1e-9); i * step <= this.high + 1e-9 * step; ++i)
      ticks.push({ at: (i * step - this.low) / (this.high - this.low), text: shownNumber(Number((i * step).toPrecision(8))) });
    return ticks;
  }
  decades(most) {
    const every = Math.max(1, Math.ceil((this.high - this.low) / most));
    const ticks = [];
    for (let power = Math.ceil(this.low - 1e-9); power <= this.high + 1e-9; ++power)
      if (power % every === 0)
        ticks.push({ at: (power - this.low) / (this.high - this.low), text: power >= -2 && power <= 3 ? shownNumber(10 ** power) : `10${raised(power)}` });
    if (ticks.length >= 2) return ticks;
    const steps = [1, 2, 3, 5].flatMap((n) => Array.from({ length: 40 }, (_, i) => n * 10 ** (Math.floor(this.low) - 1 + i)));
    return steps.filter((value) => this.place(value) >= 0 && this.place(value) <= 1)
      .map((value) => ({ at: this.place(value), text: shownNumber(value, 3) })).sort((a, b) => a.at - b.at);
  }
}

/** Frame, grid, ticks and titles around a box {left, top, width, height}. */
function drawAxes(context, box, x, y, titles, grid = true) {
  context.save();
  context.strokeStyle = colourOf('grid');
  context.fillStyle = colourOf('soft');
  context.lineWidth = 1;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const tick of x) {
    const at = Math.round(box.left + tick.at * box.width) + 0.5;
    if (grid) line(context, at, box.top, at, box.top + box.height);
    context.fillText(tick.text, at, box.top + box.height + 6);
  }
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const tick of y) {
    const at = Math.round(box.top + (1 - tick.at) * box.height) + 0.5;
    if (grid) line(context, box.left, at, box.left + box.width, at);
    context.fillText(tick.text, box.left - 6, at);
  }
  context.strokeStyle = colourOf('line');
  context.strokeRect(box.left + 0.5, box.top + 0.5, box.width - 1, box.height - 1);
  context.fillStyle = colourOf('ink');
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  context.fillText(titles.x, box.left + box.width / 2, box.top + box.height + 44);
  context.translate(14, box.top + box.height / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = 'middle';
  context.fillText(titles.y, 0, 0);
  context.restore();
}

function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** A map from 0…1 to colours between those of a list. */
function colourMap(stops) {
  const rgb = stops.map((stop) => [1, 3, 5].map((i) => parseInt(stop.slice(i, i + 2), 16)));
  return (share) => {
    const at = Math.min(Math.max(share, 0), 1) * (rgb.length - 1);
    const i = Math.min(Math.floor(at), rgb.length - 2);
    return rgb[i].map((from, k) => Math.round(from + (rgb[i + 1][k] - from) * (at - i)));
  };
}

const css = ([r, g, b]) => `rgb(${r},${g},${b})`;

// Inferno for distributions; for points on white its dark half would do, on black its bright one.
const DISTRIBUTION = colourMap(['#000004', '#1f0c48', '#57106e', '#8a226a', '#bc3754', '#e35933', '#f98e09', '#f9cb35', '#fcffa4']);
const POINTS = {
  light: colourMap(['#0d0887', '#7e03a8', '#cc4778', '#f89540', '#f0c020']),
  dark: colourMap(['#5a6ee0', '#2aa6a0', '#5ec962', '#c8e020', '#fff3a0']),
};
const KINDS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442', '#7f7f7f'];
