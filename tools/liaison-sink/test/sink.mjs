// Starts the real liaison-sink and speaks to it in raw SMTP, HTTP and control lines.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

export const binary = process.env.LIAISON_SINK ?? 'liaison-sink';

/** A temporary folder that goes away with the test. */
export function folder(t) {
  const dir = mkdtempSync(join(tmpdir(), 'liaison-sink-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Starts a sink with a record, a control socket and the given rules; resolves when it is ready. */
export async function start(t, { rules, args = [], http: withHttp = true } = {}) {
  const dir = folder(t);
  const script = join(dir, 'script.json');
  const record = join(dir, 'record.jsonl');
  const control = join(dir, 'control');
  writeFileSync(script, JSON.stringify(rules ?? []));
  const child = spawn(binary, ['--smtp', '127.0.0.1:0', ...(withHttp ? ['--http', '127.0.0.1:0'] : []),
    '--script', script, '--record', record, '--control', control, ...args],
  { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let errors = '';
  child.stderr.on('data', (d) => { errors += d; });
  const exited = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  const first = (await lines.next()).value;
  if (!first) throw new Error(`the sink did not start: ${errors}`);
  const sink = {
    dir, script, record, control, child, ready: JSON.parse(first), errors: () => errors,
    records: () => readFileSync(record, 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l)),
    async stop() {
      child.kill('SIGTERM');
      const last = (await lines.next()).value;
      return { code: await exited, summary: last && JSON.parse(last) };
    },
  };
  t.after(async () => {
    child.kill('SIGTERM');
    const code = await exited; // a sanitizer that found something ends the sink with another code
    if (code !== 0 && code !== 'SIGKILL') throw new Error(`the sink ended with ${code}: ${errors}`);
  });
  return sink;
}

/** Runs the binary to its end and answers { code, stdout, stderr }. */
export async function run(...args) {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (d) => { out.stdout += d; });
  child.stderr.on('data', (d) => { out.stderr += d; });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, ...out };
}

/** A socket whose reply lines are awaited one complete reply at a time. */
export class Client {
  constructor(socket) {
    this.attach(socket);
  }

  attach(socket) {
    this.socket = socket;
    this.text = '';
    this.closed = false;
    this.waiting = [];
    socket.on('data', (d) => { this.text += d.toString('latin1'); this.wake(); });
    socket.on('close', () => { this.closed = true; this.wake(); });
    socket.on('error', () => {});
  }

  wake() {
    for (const w of this.waiting.splice(0)) w();
  }

  async until(condition) {
    while (!condition() && !this.closed) await new Promise((resolve) => this.waiting.push(resolve));
    return condition();
  }

  /** The next whole reply (all of its lines), or null if the connection was closed instead. */
  async reply() {
    const whole = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\n/;
    if (!await this.until(() => whole.test(this.text))) return null;
    const [reply] = whole.exec(this.text);
    this.text = this.text.slice(reply.length);
    return reply.trimEnd();
  }

  send(text) {
    this.socket.write(text);
    return this;
  }

  async ask(line) {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  gone() {
    return this.until(() => this.closed).then(() => this.closed);
  }
}

export function connect(address) {
  const [host, port] = address.split(':');
  return new Client(net.connect({ host, port: Number(port) }));
}

/** A greeted SMTP client. */
export async function smtp(t, sink) {
  const c = connect(sink.ready.smtp);
  t.after(() => c.socket.destroy());
  c.banner = await c.reply();
  c.greeting = await c.ask('EHLO client.example');
  return c;
}

export function mail(id, subject = 'Road closed', body = 'Text\r\n') {
  return `Message-ID: <${id}@dss.example>\r\nSubject: ${subject}\r\nX-Status: exercise\r\n\r\n${body}.\r\n`;
}

/** One transaction; answers the reply codes of each step up to the first that refuses. */
export async function deliver(c, id, ...rcpts) {
  const replies = [await c.ask('MAIL FROM:<pld@dss.example>')];
  for (const r of rcpts) replies.push(await c.ask(`RCPT TO:<${r}>`));
  if (replies.some((r) => r?.startsWith('250 2.1.5'))) {
    replies.push(await c.ask('DATA'));
    if (replies.at(-1)?.startsWith('354')) {
      c.send(mail(id));
      replies.push(await c.reply());
    }
  } else {
    await c.ask('RSET');
  }
  return replies.map((r) => r && Number(r.slice(0, 3)));
}

/** A POST over its own connection; resolves { status, headers, body } or { error }. */
export function post(sink, path, { body = '{}', headers = {}, agent, method = 'POST' } = {}) {
  return new Promise((resolve) => {
    const req = http.request(`http://${sink.ready.http}${path}`, { method, headers, agent }, (res) => {
      let text = '';
      res.on('data', (d) => { text += d; });
      res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, body: text }));
      res.on('error', (error) => resolve({ error: error.code }));
    });
    req.on('error', (error) => resolve({ error: error.code }));
    req.end(body);
  });
}

/** Sends commands over one control connection and answers the replies in order. */
export async function control(sink, ...commands) {
  const socket = net.connect(sink.control);
  const lines = readline.createInterface({ input: socket })[Symbol.asyncIterator]();
  const replies = [];
  for (const c of commands) socket.write(`${typeof c === 'string' ? c : JSON.stringify(c)}\n`);
  while (replies.length < commands.length) replies.push(JSON.parse((await lines.next()).value));
  socket.destroy();
  return replies.length === 1 ? replies[0] : replies;
}

/** A self-signed certificate for 127.0.0.1 in dir. */
export function certificate(dir) {
  const cert = join(dir, 'cert.pem');
  const key = join(dir, 'key.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert, key };
}
