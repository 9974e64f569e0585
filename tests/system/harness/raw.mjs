// Callers who say exactly what they are told to: bytes on a socket, and what comes back.
import net from 'node:net';
import tls from 'node:tls';
import { within } from './scene.mjs';

/**
 * A way in: { name, page, dial }.  dial() answers a socket that has connected (and, over TLS, shaken
 * hands); where: { path } or { host, port }; ca: the certificate's authority, for TLS.
 */
export function way(name, where, { ca, page = false } = {}) {
  const options = ca ? { ...where, ca, servername: 'localhost' } : where;
  return {
    name, page, where,
    dial: (more = {}) => new Promise((resolve, reject) => {
      const socket = (ca ? tls : net).connect({ ...options, ...more }, () => { socket.off('error', reject); resolve(socket); });
      socket.on('error', reject);
      socket.on('error', () => {});
    }),
  };
}

/** Everything that comes until the other side ends: { text, reset, ms }. */
export function everything(socket, ms = 20_000) {
  const begun = performance.now();
  const chunks = [];
  let reset = false;
  const ended = new Promise((resolve) => {
    socket.on('data', (d) => chunks.push(d)).on('error', () => { reset = true; });
    socket.on('close', () => resolve({ text: Buffer.concat(chunks).toString('latin1'), reset, ms: performance.now() - begun }));
  });
  return within(ms, 'the connection ends', ended).finally(() => socket.destroy());
}

/** Until what has come since the last call matches. */
export function said(socket, pattern, ms = 20_000) {
  let got = '';
  let stop;
  const found = new Promise((resolve, reject) => {
    const take = (d) => { got += d.toString('latin1'); if (pattern.test(got)) resolve(got); };
    const end = () => reject(new Error(`the connection ended after ${JSON.stringify(got)}`));
    socket.on('data', take).on('close', end);
    stop = () => socket.off('data', take).off('close', end);
  });
  return within(ms, `${pattern}`, found).finally(() => stop());
}

/** Sends the bytes on a connection of their own. */
export async function exchange(to, bytes, ms) {
  const socket = await to.dial();
  const all = everything(socket, ms);
  socket.write(Buffer.from(bytes, 'latin1'));
  return all;
}

const STATUS = /^HTTP\/1\.[01] ([1-5]\d\d) [\x20-\x7e]*\r\n/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t\x20-\x7e\x80-\xff]*)$/;

function dechunk(text) {
  let body = '';
  for (let at = 0; ;) {
    const size = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20));
    if (!size) return null;
    const n = parseInt(size[1], 16);
    at += size[0].length;
    if (text.slice(at + n, at + n + 2) !== '\r\n') return null;
    body += text.slice(at, at + n);
    at += n + 2;
    if (n === 0) return { body, rest: text.slice(at) };
  }
}

/** One answer from the front: { status, headers, body, rest }; a string: what is wrong with it; null: it is cut off. */
function one(text, head) {
  const line = STATUS.exec(text);
  const end = text.indexOf('\r\n\r\n');
  if (!line) return /^HTTP\/1\.[01] \d{0,3}[^\r\n]*$/.test(text) || 'HTTP/1.1 '.startsWith(text) ? null : `no status line: ${JSON.stringify(text.slice(0, 80))}`;
  if (end < 0) return null;
  const headers = {};
  for (const field of text.slice(line[0].length, end).split('\r\n').filter(Boolean)) {
    const m = FIELD.exec(field);
    if (!m) return `no header: ${JSON.stringify(field)}`;
    if (m[1].toLowerCase() in headers && m[1] !== 'Connection') return `twice: ${field}`; // that one is a list
    headers[m[1].toLowerCase()] = m[2];
  }
  const status = Number(line[1]);
  const after = text.slice(end + 4);
  if (status === 100 || status === 204) return { status, headers, body: '', rest: after };
  if (headers['transfer-encoding']) {
    const whole = dechunk(after);
    return whole && { status, headers, ...whole };
  }
  if (headers['content-length'] === undefined && (headers.connection === 'close' || (line[0].startsWith('HTTP/1.0') && headers.connection !== 'keep-alive'))) return { status, headers, body: after, rest: '' };
  if (headers['content-length'] === undefined && head) return { status, headers, body: '', rest: after };
  if (!/^\d+$/.test(headers['content-length'] ?? '')) return 'no length';
  const n = Number(headers['content-length']);
  return after.length < n ? null : { status, headers, body: after.slice(0, n), rest: after.slice(n) };
}

/** The answers in what came back; throws where it is no HTTP.  head: HEAD was asked, whose answer has no body. */
export function answers({ text, reset }, { head = false } = {}) {
  const all = [];
  for (let rest = text; rest; ) {
    const next = one(rest, head);
    if (typeof next === 'string') throw new Error(next);
    if (!next) {
      if (reset) break; // the rest of it was lost on the way
      throw new Error(`cut off: ${JSON.stringify(rest.slice(0, 200))}`);
    }
    if (next.status !== 100) all.push(next);
    rest = next.rest;
  }
  return all;
}
