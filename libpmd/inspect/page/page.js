// What is shown, and what people do with it.

const state = JSON.parse(document.getElementById('data').textContent);
const STATES = { d: 'done', f: 'failed', p: 'pending' };
const RUN_NUMBER = { kind: 'parameter', name: 'run', label: 'number of the run', unit: '1', values: state.numbers };
const COLUMNS = [...state.columns, RUN_NUMBER];
const PLAIN = { name: 'none', label: 'none', unit: '1', values: null };
const MOLECULES = { kind: 'category', name: 'molecule', label: 'molecule', unit: '1', values: state.molecules.of };
const pictures = new Pictures(state.pictures, document.getElementById('pictures').textContent);
const scatter = new Scatter(document.getElementById('scatter'), document.getElementById('key'));
const histogram = new Histogram(document.getElementById('histogram'), document.getElementById('histogram-note'));
const element = (id) => document.getElementById(id);
let shown = null, pinned = null, marksAreDue = false;

// Themes

const theme = () => document.documentElement.dataset.theme;

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  say('theme', name === 'dark' ? 'light page' : 'dark page');
}

// Choosing what to draw

const varies = (column) => {
  const known = column.values.filter((value) => value !== null);
  return known.some((value) => value !== known[0]);
};
/** Positive, and over more than two decades. */
const wantsLog = (column) => {
  if (!column.values || column.kind === 'category') return false;
  const known = column.values.filter((value) => value !== null);
  const [low, high] = known.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  return low > 0 && high > 100 * low;
};

const CHOICES = {
  x: COLUMNS,
  y: COLUMNS,
  colour: [...COLUMNS, ...(state.molecules.names.length > 1 ? [MOLECULES] : []), PLAIN],
  quantity: COLUMNS,
};

function fillChoices() {
  const changing = COLUMNS.filter((column) => column !== RUN_NUMBER && varies(column));
  const parameters = changing.filter((column) => column.kind === 'parameter');
  const diagnostics = changing.filter((column) => column.kind === 'diagnostic');
  const yields = diagnostics.find((column) => column.name === 'yield') ?? diagnostics[0];
  const first = {
    x: parameters[0] ?? RUN_NUMBER,
    y: parameters[1] ?? yields ?? COLUMNS[0],
    colour: state.molecules.names.length > 1 ? MOLECULES : yields ?? PLAIN,
    quantity: yields ?? parameters[0] ?? COLUMNS[0],
  };
  for (const [id, columns] of Object.entries(CHOICES)) {
    for (const column of columns) {
      const option = make('option', column.name, element(id));
      option.value = column.name;
      option.title = column.label;
    }
    choose(id, first[id]);
  }
}

function choose(id, column) {
  element(id).value = column.name;
  element(`${id}-log`).checked = wantsLog(column);
  element(`${id}-log`).disabled = !column.values || column.kind === 'category';
}

function chosen(id) {
  const column = CHOICES[id].find((one) => one.name === element(id).value) ?? CHOICES[id][0];
  return { ...column, log: element(`${id}-log`).checked };
}

// Drawing

function drawRuns() {
  scatter.draw({ x: chosen('x'), y: chosen('y'), colour: chosen('colour') });
  scatter.mark(shown, pinned);
}

function drawHistogram() {
  histogram.draw(chosen('quantity'));
  histogram.mark(shown, pinned);
}

function drawPictures() {
  for (const [id, row] of [['shown', shown], ['pinned', pinned]])
    pictures.draw(element(id), row, () => row === (id === 'shown' ? shown : pinned));
}

/** At most once for each of the screen's frames, however fast the mouse is. */
function drawMarks() {
  if (marksAreDue) return;
  marksAreDue = true;
  requestAnimationFrame(() => {
    marksAreDue = false;
    scatter.mark(shown, pinned);
    histogram.mark(shown, pinned);
    drawPictures();
    remember();
  });
}

function drawAll() {
  drawRuns();
  drawHistogram();
  drawPictures();
  pictures.bar(element('bar'));
}

function title(id, row, empty) {
  const caption = element(id);
  caption.replaceChildren();
  if (row === null) {
    caption.textContent = empty;
    return;
  }
  make('b', `run ${state.numbers[row]}`, caption);
  caption.append(`, ${formula(state.molecules.names[state.molecules.of[row]])}, ${describe(row)}`);
}

/** "R = 2.3 a.u., …": parameters that are not the same in all runs. */
function describe(row) {
  return state.columns.filter((column) => column.kind === 'parameter' && (varies(column) || column.name === 'R'))
    .map((column) => `${column.name} = ${withValue(column.values[row], column)}`.replace(/ /g, '\u00a0')).join(', ');
}

function compare() {
  const body = element('compare').tBodies[0];
  body.replaceChildren();
  const add = (name, cells, hint = '') => {
    const line = make('tr', undefined, body);
    const head = make('th', name, line);
    head.scope = 'row';
    head.title = hint;
    for (const cell of cells) make('td', cell, line);
  };
  const of = (row, value) => (row === null ? '' : value(row));
  add('state', [shown, pinned].map((row) => of(row, () => STATES[state.states[row]])));
  for (const column of state.columns) {
    const unit = shownUnit(column.unit);
    add(unit ? `${column.name}, ${unit}` : column.name, [shown, pinned].map((row) => of(row, () => shownNumber(column.values[row]))), column.label);
  }
}

function failureOf(row) {
  return state.failures.find((failure) => failure.row === row);
}

function show(row) {
  if (row === shown) return;
  shown = row;
  refresh();
}

function pin(row) {
  pinned = row;
  refresh();
}

function refresh() {
  title('shown-title', shown, 'Point at a run.');
  title('pinned-title', pinned, 'Click a run, or press Enter, to pin it here.');
  compare();
  const failure = failureOf(shown) ?? failureOf(pinned);
  element('reason').hidden = !failure;
  if (failure) say('reason', `run ${state.numbers[failure.row]} failed (${failure.kind.replace(/_/g, ' ')}): ${failure.reason}`);
  drawMarks();
  element('run').value = shown === null ? '' : state.numbers[shown];
  if (shown !== null) say('live', `run ${state.numbers[shown]}, ${STATES[state.states[shown]]}, ${describe(shown)}`);
}

function fillFailures() {
  const { failures, begun } = state;
  const nothing = failures.length + begun.length === 0;
  say('failed-note', nothing ? 'None.' : [failures.length ? `${failures.length} failed.` : '',
    begun.length ? `${begun.length} were begun and have no end: they are running, or died.` : ''].join(' ').trim());
  const table = element('failures');
  if (nothing) return table.remove();
  const head = make('tr', undefined, table.tHead);
  for (const name of ['run', 'parameters', 'kind', 'attempts', 'reason']) make('th', name, head).scope = 'col';
  const add = (row, cells) => {
    const line = make('tr', undefined, table.tBodies[0]);
    const button = make('button', state.numbers[row], make('td', undefined, line));
    button.type = 'button';
    button.setAttribute('aria-label', `show run ${state.numbers[row]}`);
    button.addEventListener('click', () => show(row));
    for (const cell of [describe(row), ...cells]) make('td', cell, line);
  };
  for (const one of failures) add(one.row, [one.kind.replace(/_/g, ' '), one.attempts, one.reason]);
  for (const one of begun) add(one.row, ['begun', one.begun, 'no end is known']);
}

function fillTexts() {
  const counts = Object.keys(STATES).map((kind) => [...state.states].filter((one) => one === kind).length);
  document.title = `${state.dataset}: runs of ${state.file}`;
  say('title', state.dataset);
  say('subtitle', [`${state.numbers.length} runs: ${counts[0]} done`, counts[1] ? `${counts[1]} failed` : '', counts[2] ? `${counts[2]} pending` : '',
    state.preset ? `preset ${state.preset}` : '', state.molecules.names.map(formula).join(', ')].filter(Boolean).join(' · '));
  say('summary', state.summary);
  say('configuration', state.configuration);
  say('store', state.file);
  if (state.link) element('store').href = `./${state.link.split('/').map(encodeURIComponent).join('/')}`;
  const { every, width, height, floor } = state.pictures;
  say('pictures-note', `Pictures of ${width} × ${height} pixels, cut off at 10${raised(floor)} of each run’s maximum` +
    (every > 1 ? `; every ${every}th run has one.` : '.'));
}

// The address remembers what is shown, so that it can be sent to somebody: #run=12&pinned=40&x=R&y=yield

function remember() {
  const words = new URLSearchParams({ x: element('x').value, y: element('y').value, colour: element('colour').value,
    quantity: element('quantity').value });
  if (shown !== null) words.set('run', state.numbers[shown]);
  if (pinned !== null) words.set('pinned', state.numbers[pinned]);
  try {
    history.replaceState(null, '', `#${words}`);
  } catch { /* some browsers forbid it for files */ }
}

function recall() {
  const words = new URLSearchParams(location.hash.slice(1));
  for (const [id, columns] of Object.entries(CHOICES)) {
    const column = columns.find((one) => one.name === words.get(id));
    if (column) choose(id, column);
  }
  const row = (word) => {
    const found = words.has(word) ? state.numbers.indexOf(Number(words.get(word))) : -1;
    return found < 0 ? null : found;
  };
  [shown, pinned] = [row('run'), row('pinned')];
  if (shown === null && state.states.includes('d')) shown = state.states.indexOf('d');
  return ['light', 'dark'].find((name) => name === words.get('theme'));
}

// Listening

function listen() {
  const canvas = element('scatter');
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    return scatter.near(event.clientX - box.left, event.clientY - box.top);
  };
  canvas.addEventListener('pointermove', (event) => {
    const row = under(event);
    if (row !== null) show(row);
  });
  canvas.addEventListener('click', (event) => {
    const row = under(event);
    if (row !== null) show(row);
    pin(row === pinned ? null : row);
  });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener('keydown', (event) => {
    const count = state.numbers.length;
    if (steps[event.key]) show(scatter.towards(shown, ...steps[event.key]));
    else if (event.key === 'PageDown') show(((shown ?? -1) + 1) % count);
    else if (event.key === 'PageUp') show(((shown ?? 0) - 1 + count) % count);
    else if (event.key === 'Enter' || event.key === ' ') pin(shown);
    else if (event.key === 'Escape') pin(null);
    else return;
    event.preventDefault();
  });
  for (const id of Object.keys(CHOICES)) {
    const draw = id === 'quantity' ? drawHistogram : drawRuns;
    element(id).addEventListener('change', () => {
      choose(id, chosen(id));
      draw();
      remember();
    });
    element(`${id}-log`).addEventListener('change', draw);
  }
  element('run').addEventListener('change', () => {
    const row = state.numbers.indexOf(Number(element('run').value));
    if (row >= 0) show(row);
  });
  element('theme').addEventListener('click', () => {
    setTheme(theme() === 'dark' ? 'light' : 'dark');
    drawAll();
  });
  window.addEventListener('resize', drawAll);
}

fillChoices();
fillTexts();
fillFailures();
setTheme(recall() ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
listen();
drawAll();
refresh();
document.documentElement.dataset.ready = 'true';
