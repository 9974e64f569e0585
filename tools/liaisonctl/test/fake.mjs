// A stand-in for the daemon's API on a UNIX socket, and ways to run liaisonctl against it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = process.env.LIAISONCTL;
if (!program) throw new Error('set LIAISONCTL to the program under test');

export function folder(t) {
  const dir = mkdtempSync(join(tmpdir(), 'liaisonctl-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

// routes: { 'GET /v1/x': answer | (request, response) => answer | undefined }, found by method and
// path without query.  An answer is [status, body]; an object becomes JSON.
export async function serve(t, routes) {
  const socket = join(folder(t), 'api.sock');
  const requests = [];
  const server = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (part) => parts.push(part));
    req.on('end', async () => {
      const url = new URL(req.url, 'http://localhost');
      const seen = {
        method: req.method, path: url.pathname, query: Object.fromEntries(url.searchParams),
        headers: req.headers, body: Buffer.concat(parts).toString('utf8'),
      };
      requests.push(seen);
      const called = url.searchParams.get('identifier'); // every identifier is its own ID, unless a test knows better
      let answer = routes[`${req.method} ${url.pathname}`] ??
        (called && url.pathname === '/v1/broadcasts' ? [200, { broadcasts: [{ id: called }], next: null }] : undefined) ?? problem(404, 'unknown-path', 'there is no such path');
      if (typeof answer === 'function') answer = await answer(seen, res);
      if (!answer) return;
      const [status, body] = answer;
      const raw = typeof body === 'string' || Buffer.isBuffer(body);
      res.writeHead(status, {
        'content-type': status >= 400 ? 'application/problem+json' : raw ? 'text/plain' : 'application/json',
      });
      res.end(raw ? body : JSON.stringify(body));
    });
  });
  await new Promise((done) => server.listen(socket, done));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { socket, requests, server: `unix:${socket}` };
}

export const problem = (status, code, detail, faults) =>
  [status, { type: `urn:liaisond:problem:${code}`, title: 'x', status, detail, ...(faults ? { faults } : {}) }];

function collect(child) {
  const result = { stdout: '', stderr: '', code: null };
  child.stdout.on('data', (part) => { result.stdout += part.toString('utf8'); });
  child.stderr?.on('data', (part) => { result.stderr += part.toString('utf8'); });
  const ended = new Promise((done) => {
    child.on('close', (code) => { result.code = code; done(result); });
  });
  return { result, ended };
}

const clean = (env) => {
  const { LIAISOND_SERVER, LIAISOND_TOKEN_FILE, ...rest } = process.env;
  return { ...rest, TERM: 'xterm', LC_ALL: 'C.UTF-8', ...env };
};

// Runs it with pipes; input is standard input.
export function start(api, args, { env = {}, input } = {}) {
  const child = spawn(program, api ? ['--server', api.server, ...args] : args, { env: clean(env) });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  return { child, ...collect(child) };
}

export const run = (api, args, options) => start(api, args, options).ended;

const quote = (word) => `'${word.replaceAll("'", "'\\''")}'`;

// Runs it on a pseudo terminal of that many columns.  typed: [[what to wait for, what to type], …].
export function runOnTerminal(api, args, typed = [], columns = 120) {
  const command = [`stty cols ${columns};`, quote(program), ...['--server', api.server, ...args].map(quote)].join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: clean({ SHELL: '/bin/sh' }) });
  const { result, ended } = collect(child);
  const waiting = [...typed];
  child.stdout.on('data', () => {
    if (waiting.length > 0 && result.stdout.includes(waiting[0][0])) child.stdin.write(waiting.shift()[1]);
  });
  return ended;
}

// Resolves once the text shows up in what the program has printed so far.
export function printed(run, stream, text) {
  return new Promise((done, fail) => {
    const look = () => run.result[stream].includes(text) && done();
    run.child[stream].on('data', look);
    run.child.on('close', () => fail(new Error(`ended without "${text}": ${JSON.stringify(run.result)}`)));
    look();
  });
}
