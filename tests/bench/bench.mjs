// What the rows of the benchmark share: a folder of their own, the one receiver, processor time of
// other programs, and the lines of JSON that tools/bench gathers.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort, must, within } from '../system/harness/scene.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** The build of which everything is run. */
export const build = process.env.BENCH_BUILD ?? join(root, 'build/release');
const program = (name) => join(build, 'tests/bench', name);
process.env.LIAISOND ??= join(build, 'daemon/liaisond');
process.env.LIAISONCTL ??= join(build, 'tools/liaisonctl/liaisonctl');

/** us of CLOCK_MONOTONIC, as the receiver's. */
export const nowUs = () => Number(process.hrtime.bigint() / 1000n);

/**
 * Runs one row: body({ it, tell }).  it is as a scene of the system tests has it; tell(what, value, unit, bound)
 * prints one figure, bound being { least } or { most }.
 */
export async function row(name, body) {
  const dir = mkdtempSync(join(tmpdir(), 'liaisond-bench-'));
  chmodSync(dir, 0o755);
  const undo = [() => rmSync(dir, { recursive: true, force: true })];
  const voices = [];
  const it = { dir, file: (...parts) => join(dir, ...parts), defer: (fn) => undo.push(fn), say: (who, tail) => voices.push({ who, tail }) };
  const tell = (what, value, unit, bound = {}) =>
    console.log(JSON.stringify({ row: name, what, value: Number(value.toPrecision(4)), unit, ...bound }));
  let failure;
  const attempt = async (fn) => {
    try { await fn(); } catch (e) { failure ??= e; }
  };
  const late = new Promise((_, reject) => { process.once('SIGTERM', () => reject(new Error(`${name}: told to end`))); });
  await attempt(() => Promise.race([body({ it, tell }), late]));
  for (const fn of undo.reverse()) await attempt(fn);
  if (!failure) return;
  for (const { who, tail } of voices) console.error(`--- ${who}, its last lines:\n${tail()}\n---`);
  console.error(failure);
  process.exit(1);
}

/** The receiver: { smtp, http, ask(command), wait(n, ms) }, counters as bench_receiver tells them. */
export async function receiver(it) {
  const [smtp, http] = [await freePort(), await freePort()];
  const child = spawn(program('bench_receiver'), [String(smtp), String(http)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  it.defer(async () => { child.stdin.end(); await within(10_000, 'the receiver ends', ended); });
  const waiting = [];
  readline.createInterface({ input: child.stdout }).on('line', (l) => waiting.shift()(JSON.parse(l)));
  const next = () => new Promise((resolve) => { waiting.push(resolve); });
  const ask = (command, ms = 10_000) => {
    const answer = next();
    child.stdin.write(`${command}\n`);
    return within(ms, `the receiver answers "${command}"`, answer);
  };
  await within(10_000, 'the receiver listens', next());
  return { smtp, http, ask, wait: (n, ms = 120_000) => ask(`wait ${n}`, ms) };
}

/** Every one arrived, and none twice. */
export function assertDistinct(what, seen, wanted) {
  if (seen.distinct !== wanted || seen.duplicates !== 0) {
    throw new Error(`${what}: ${seen.distinct} distinct arrivals and ${seen.duplicates} more of the same, ${wanted} were to come`);
  }
}

/** A bare loop to its end: its figures, one object a line it printed. */
export async function bare(name, args, ms = 120_000) {
  const out = await must(program(name), args.map(String), { ms });
  return out.trim().split('\n').map((l) => JSON.parse(l));
}

const statOf = (pid) => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
};

/** us of processor time that a program had so far, all its threads that live; exact to the nanosecond. */
export function cpuUs(pid) {
  let ns = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  }
  return ns / 1000;
}

/** The same of a program and all that it started, those that have ended included; in steps of 10 ms. */
export function treeCpuUs(pid) {
  const children = new Map();
  for (const name of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    try {
      const parent = Number(statOf(name)[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch { /* it has just ended */ }
  }
  const sum = (p) => {
    let ticks = 0;
    try { ticks = statOf(p).slice(11, 15).map(Number).reduce((a, b) => a + b); } catch { return 0; }
    return (children.get(p) ?? []).reduce((all, c) => all + sum(c), ticks);
  };
  return sum(pid) * 10_000;
}

/** MiB of memory that a program has, or had at most. */
export const residentMiB = (pid, peak = false) =>
  Number((peak ? /^VmHWM:\s+(\d+) kB/m : /^VmRSS:\s+(\d+) kB/m).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
