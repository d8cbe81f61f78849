'use strict';
// Numbers, units and formulas as people write them.

const SUPERSCRIPTS = { '-': '⁻', '+': '⁺', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' };
const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';

const raised = (text) => [...String(text)].map((c) => SUPERSCRIPTS[c] ?? c).join('');

/** 2.345, 0.0123, 3.9·10¹⁴; an em dash for what is not known. */
function shownNumber(value, digits = 4) {
  if (value === null || !Number.isFinite(value)) return '—';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(digits))).replace('-', '−');
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  return `${String(Number(mantissa)).replace('-', '−')}·10${raised(Number(exponent))}`;
}

/** "1e14 W/cm^2" as 10¹⁴ W/cm², "1" as nothing. */
function shownUnit(unit) {
  if (unit === '1') return '';
  return unit.replace(/\b1e(-?\d+)/g, (_, power) => `10${raised(power)}`)
    .replace(/\^(-?\d+)/g, (_, power) => raised(power));
}

/** For axes: what it is, with its unit. Diagnostics go by their names, their meanings are long. */
const withUnit = (column) => {
  const unit = shownUnit(column.unit);
  const what = column.kind === 'diagnostic' ? column.name : column.label;
  return unit ? `${what} (${unit})` : what;
};

/** A value with its unit: 2.3 a.u., 1.34·10¹⁴ W/cm². */
const withValue = (value, column) => {
  const unit = shownUnit(column.unit);
  return `${shownNumber(value)}${unit ? (unit.startsWith('10') ? '·' : ' ') : ''}${value === null ? '' : unit}`;
};

/** "H2+" as H₂⁺. */
const formula = (text) => text.replace(/\d/g, (digit) => SUBSCRIPTS[digit]).replace(/[+]/g, '⁺');

/** Sets what an element says, never as markup. */
function say(id, text) {
  document.getElementById(id).textContent = text;
}

function make(tag, text, parent) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}
