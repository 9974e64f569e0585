// Runs the rows side by side, gathers their lines, and prints medians with their spread beside the bounds.
// tools/bench prepares what it needs and calls it: its --help is the manual.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './bench.mjs';
import { chart } from './chart.mjs';

const GRACE_MS = 30_000;
const here = dirname(fileURLToPath(import.meta.url));
const say = (text) => process.stderr.write(`${text}\n`);

function readRows() {
  return readFileSync(join(here, 'rows'), 'utf8').split('\n').filter((l) => l && !l.startsWith('#')).map((line) => {
    const [name, often, seconds, program, ...args] = line.split(/\s+/);
    return { name, once: often === 'once', seconds: Number(seconds), program, args };
  });
}

/** Exits with 2 and a sentence where an argument is wrong. */
function readArguments(argv, rows) {
  const wanted = { check: false, runs: 3, json: false, only: [], chart: undefined };
  const wrong = (text) => { say(`bench: ${text} (--help tells more)`); process.exit(2); };
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--json') wanted.json = true;
    else if (argv[i] === '--check') wanted.check = true; // only the arguments
    else if (argv[i] === '--runs') {
      if (!/^[1-9]\d?$/.test(argv[++i] ?? '')) wrong('--runs takes a number from 1 to 99');
      wanted.runs = Number(argv[i]);
    } else if (argv[i] === '--chart') {
      wanted.chart = argv[++i] ?? wrong('--chart takes the name of a file');
    } else if (argv[i] === '--only') {
      while (argv[i + 1] && !argv[i + 1].startsWith('-')) wanted.only.push(argv[++i]);
      if (wanted.only.length === 0) wrong('--only takes the names of rows');
    } else wrong(`${argv[i]} is no argument`);
  }
  for (const name of wanted.only) if (!rows.some((r) => r.name === name)) wrong(`there is no row ${name}; --list names them`);
  return wanted;
}

/** Runs a row once; resolves with its figures, or with a failure in words. */
function runRow(row) {
  const dir = mkdtempSync(join(tmpdir(), 'liaisond-bench-'));
  const args = row.args.map((a) => a.replace('{dir}', dir));
  const [command, all] = row.program.endsWith('.mjs') ? [process.execPath, [join(here, row.program), ...args]]
    : [join(build, 'tests/bench', row.program), args];
  const child = spawn(command, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  let late = false;
  child.stdout.setEncoding('utf8').on('data', (d) => { text += d; });
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGTERM'); // it stops what it has started
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
  }, row.seconds * 1000);
  return new Promise((resolve) => {
    child.on('error', (e) => resolve({ failure: e.message }));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      rmSync(dir, { recursive: true, force: true });
      if (late) resolve({ failure: `took longer than ${row.seconds} s` });
      else if (code !== 0) resolve({ failure: `ended with ${code ?? signal}` });
      else resolve({ figures: text.split('\n').filter((l) => l.startsWith('{')).map((l) => JSON.parse(l)) });
    });
  });
}

/** { row, what, unit, values, median, low, high, least, most, held } for each figure, in the order in which they came. */
function summarize(all) {
  const byName = new Map();
  for (const f of all) {
    const key = `${f.row}\n${f.what}`;
    const known = byName.get(key) ?? { ...f, value: undefined, values: [] };
    known.values.push(f.value);
    byName.set(key, known);
  }
  return [...byName.values()].map((f) => {
    const sorted = f.values.toSorted((a, b) => a - b);
    const middle = sorted.length / 2;
    const median = sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
    const held = f.least === undefined && f.most === undefined ? undefined : median >= (f.least ?? -Infinity) && median <= (f.most ?? Infinity);
    return { ...f, median, low: sorted[0], high: sorted.at(-1), held };
  });
}

const short = (v) => (v === undefined ? '' : Number.isInteger(v) || v >= 1000 ? String(Math.round(v)) : String(Number(v.toPrecision(3))));
const bound = (f) => (f.least !== undefined ? `at least ${short(f.least)}` : f.most !== undefined ? `at most ${short(f.most)}` : '');

/** A table as Markdown has it, which a terminal shows as well. */
function table(figures) {
  const lines = [['row', 'what', 'median', 'from', 'to', 'unit', 'bound', '']];
  for (const f of figures) {
    lines.push([f.row, f.what, short(f.median), short(f.low), short(f.high), f.unit, bound(f), f.held === undefined ? '' : f.held ? 'held' : 'SHORT']);
  }
  const widths = lines[0].map((_, i) => Math.max(...lines.map((l) => l[i].length), 3));
  const text = lines.map((l) => `| ${l.map((c, i) => c.padEnd(widths[i])).join(' | ')} |`);
  return [text[0], `|${widths.map((w) => '-'.repeat(w + 2)).join('|')}|`, ...text.slice(1)].join('\n');
}

const machine = () => `${cpus().length} processors (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, node ${process.version}`;

const rows = readRows();
const wanted = readArguments(process.argv.slice(2), rows);
if (wanted.check) process.exit(0);
const chosen = rows.filter((r) => wanted.only.length === 0 || wanted.only.includes(r.name));
const figures = [];
const failures = [];
const begun = Date.now();
for (let run = 1; run <= wanted.runs; run++) {
  for (const row of chosen.filter((r) => run === 1 || !r.once)) {
    const at = Date.now();
    const how = await runRow(row);
    if (how.failure) failures.push(`${row.name}: ${how.failure}`);
    else figures.push(...how.figures);
    say(`bench: run ${run} of ${row.once ? 1 : wanted.runs}, ${row.name}: ${how.failure ?? 'measured'}, ${Math.round((Date.now() - at) / 1000)} s`);
  }
}
const summary = summarize(figures);
const ended = { machine: machine(), runs: wanted.runs, seconds: Math.round((Date.now() - begun) / 1000), failures };
if (wanted.json) console.log(JSON.stringify({ ...ended, figures: summary }, null, 1));
else console.log(`${ended.machine}; ${ended.runs} runs, ${ended.seconds} s\n\n${table(summary)}`);
if (wanted.chart) writeFileSync(wanted.chart, chart(summary));
for (const f of failures) say(`bench: not measured: ${f}`);
process.exitCode = failures.length ? 1 : 0;
