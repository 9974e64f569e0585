// A scene is one test with its own folder; what it starts is stopped in reverse order, and what the
// parts had to say is shown when it fails.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const TAIL = 60; // lines of each part that a failure shows
const LIVES = 3; // of a part that was started many times

/** Runs body(scene, t); scene.defer() takes what has to be undone, scene.say() what a failure shows. */
export function scene(name, body, options = {}) {
  test(name, { timeout: 240_000, ...options }, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'liaisond-'));
    chmodSync(dir, 0o755); // parts that give up root have to get at their own files in it
    const undo = [() => rmSync(dir, { recursive: true, force: true })];
    const voices = [];
    const it = {
      dir,
      file: (...parts) => join(dir, ...parts),
      defer: (fn) => undo.push(fn),
      say(who, tail) {
        voices.push({ who, tail });
        const same = voices.filter((v) => v.who === who);
        if (same.length > LIVES) voices.splice(voices.indexOf(same[0]), 1);
      },
    };
    let failure;
    try {
      await body(it, t);
    } catch (e) {
      failure = e;
    }
    for (const fn of undo.reverse()) {
      try {
        await fn();
      } catch (e) {
        failure ??= e;
      }
    }
    if (!failure) return;
    console.error(`--- what failed: ${failure.stack}\n---`); // first: what follows is long, and may be cut
    for (const { who, tail } of voices) console.error(`--- ${who}, its last lines:\n${tail()}\n---`);
    throw failure;
  });
}

/** Rejects after ms with a sentence that says what was waited for. */
export function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The lines of a file that is still being written to: what has no end yet is left for the next look. */
export function wholeLines(file) {
  const text = readFileSync(file, 'utf8');
  return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(Boolean);
}

/** Asks ask() again until it answers something true: for parts that cannot tell when they are ready. */
export async function poll(ms, what, ask) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port of 127.0.0.1 that nobody has now. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Does anybody listen there? */
export function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
}

/** A long-running program: its lines can be waited for, its end is known. */
export class Part {
  constructor(it, name, command, args, { env = {}, cwd } = {}) {
    this.name = name;
    this.lines = [];
    this.watchers = new Set();
    this.child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => {
      this.child.on('error', (e) => resolve(`${command}: ${e.message}`));
      this.child.on('close', (code, signal) => resolve(code ?? signal));
    });
    this.ended.then((how) => { this.over = how; this.wake(); });
    for (const stream of [this.child.stdout, this.child.stderr]) this.read(stream);
    it.say(name, () => this.lines.slice(-TAIL).join('\n'));
  }

  read(stream) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      this.lines.push(...lines);
      this.wake();
    });
  }

  wake() {
    for (const fn of [...this.watchers]) fn();
  }

  /** The first line from `from` on that matches; fails when the program ends first. */
  line(pattern, { from = 0, ms = 30_000 } = {}) {
    let at = from;
    const found = new Promise((resolve, reject) => {
      const look = () => {
        for (; at < this.lines.length; at++) {
          if (!pattern.test(this.lines[at])) continue;
          this.watchers.delete(look);
          resolve(this.lines[at]);
          return;
        }
        if (this.over === undefined) return;
        this.watchers.delete(look);
        reject(new Error(`${this.name} ended (${this.over}) before it said ${pattern}`));
      };
      this.watchers.add(look);
      look();
    });
    return within(ms, `${this.name} says ${pattern}`, found);
  }

  signal(name) {
    this.child.kill(name);
  }

  /** Asks it to end and answers how it ended; one that does not is killed, which is a failure. */
  async stop(ms = 30_000, signal = 'SIGTERM') {
    if (this.over !== undefined) return this.over;
    this.signal(signal);
    try {
      return await within(ms, `${this.name} ends after ${signal}`, this.ended);
    } catch (e) {
      this.signal('SIGKILL');
      throw e;
    }
  }
}

/** Runs a program to its end. */
export async function run(command, args, { env = {}, input = '', ms = 60_000, cwd } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const out = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (d) => { out.stdout += d; });
  child.stderr.setEncoding('utf8').on('data', (d) => { out.stderr += d; });
  child.stdin.on('error', () => {}).end(input);
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  try {
    return { code: await within(ms, `${command} ${args.join(' ')} ends`, ended), ...out };
  } catch (e) {
    child.kill('SIGKILL');
    throw e;
  }
}

/** Like run(), but anything but exit 0 is a failure; answers what was printed. */
export async function must(command, args, options) {
  const { code, stdout, stderr } = await run(command, args, options);
  assert.equal(code, 0, `${command} ${args.join(' ')}: ${code}\n${stdout}${stderr}`);
  return stdout;
}
