// How the cost of one event grows with its recipients, drawn as an SVG of its own: both axes are logarithmic.

const WIDTH = 640;
const HEIGHT = 400;
const LEFT = 70;
const BOTTOM = 50;
const LINES = [['201 after', 'POST to 201, ms', '#1f5fa8'], ['last after', 'POST to last arrival, ms', '#b3401e'], ['CPU each', 'CPU a delivery, us', '#3a7a2c']];

const power = (v) => Math.log10(v);

/** figures: those of the row "growth". */
export function chart(figures) {
  const points = LINES.map(([what]) => figures.flatMap((f) => {
    const [, n, name] = /^N = (\d+): (.*)$/.exec(f.row === 'growth' ? f.what : '') ?? [];
    return name === what ? [{ n: Number(n), value: f.median }] : [];
  }));
  const all = points.flat();
  if (all.length === 0) return '<svg xmlns="http://www.w3.org/2000/svg"/>\n';
  const span = (values) => [Math.floor(power(Math.min(...values))), Math.ceil(power(Math.max(...values)))];
  const [x0, x1] = span(all.map((p) => p.n));
  const [y0, y1] = span(all.map((p) => p.value));
  const x = (n) => LEFT + ((power(n) - x0) / (x1 - x0)) * (WIDTH - LEFT - 20);
  const y = (v) => HEIGHT - BOTTOM - ((power(v) - y0) / (y1 - y0)) * (HEIGHT - BOTTOM - 20);
  const out = [`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`];
  const line = (a, b, c, d) => out.push(`<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="#ddd"/>`);
  const text = (at, up, words, more = '') => out.push(`<text x="${at}" y="${up}" ${more}>${words}</text>`);
  for (let p = x0; p <= x1; p++) {
    line(x(10 ** p), y(10 ** y0), x(10 ** p), y(10 ** y1));
    text(x(10 ** p), HEIGHT - BOTTOM + 18, (10 ** p).toLocaleString('en'), 'text-anchor="middle"');
  }
  for (let p = y0; p <= y1; p++) {
    line(x(10 ** x0), y(10 ** p), x(10 ** x1), y(10 ** p));
    text(LEFT - 8, y(10 ** p) + 4, (10 ** p).toLocaleString('en'), 'text-anchor="end"');
  }
  text((LEFT + WIDTH) / 2, HEIGHT - 12, 'recipients of one event', 'text-anchor="middle"');
  LINES.forEach(([, title, colour], i) => {
    const sorted = points[i].toSorted((a, b) => a.n - b.n);
    out.push(`<polyline fill="none" stroke="${colour}" stroke-width="2" points="${sorted.map((p) => `${x(p.n).toFixed(1)},${y(p.value).toFixed(1)}`).join(' ')}"/>`);
    for (const p of sorted) out.push(`<circle cx="${x(p.n).toFixed(1)}" cy="${y(p.value).toFixed(1)}" r="3" fill="${colour}"/>`);
    text(LEFT + 12, 34 + 16 * i, title, `fill="${colour}"`);
  });
  return `${out.join('\n')}\n</svg>\n`;
}
