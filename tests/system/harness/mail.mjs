// What a person reads of a mail: its headers, its text, and the personal link and code in it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const words = (value) => value.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind, text) => (
  kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString('utf8') : quoted(text.replaceAll('_', ' '))));
const quoted = (text) => Buffer.from(text.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1')
  .toString('utf8');

function split(raw) {
  const at = raw.indexOf('\r\n\r\n');
  const headers = {};
  for (const line of raw.slice(0, at).replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body: raw.slice(at + 4) };
}

function decoded({ headers, body }) {
  const encoding = (headers['content-transfer-encoding'] ?? '').toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  return encoding === 'quoted-printable' ? quoted(body) : body;
}

/** { to, subject, text, html, url, path, code }; the last three are empty where it asks for nothing. */
export function readMail(raw) {
  const whole = split(raw);
  const boundary = /boundary="?([^";]+)"?/.exec(whole.headers['content-type'] ?? '')?.[1];
  const parts = boundary ? whole.body.split(`--${boundary}`).slice(1, -1).map((p) => split(p.replace(/^\r\n/, ''))) : [whole];
  const of = (type) => parts.filter((p) => (p.headers['content-type'] ?? 'text/plain').startsWith(type)).map(decoded)[0] ?? '';
  const text = of('text/plain').replaceAll('\r\n', '\n');
  const url = /https?:\/\/\S+\/a\/[\w-]{22}/.exec(text)?.[0] ?? '';
  return {
    to: /<?([^<>\s]+@[^<>\s]+?)>?$/.exec(whole.headers.to ?? '')?.[1] ?? '',
    id: (whole.headers['message-id'] ?? '').replace(/[<>]/g, ''),
    subject: words(whole.headers.subject ?? ''),
    text,
    html: of('text/html'),
    url,
    path: url && new URL(url).pathname,
    code: /^ {2}(\d{6})$/m.exec(text)?.[1] ?? '',
  };
}

/** Every mail of a maildir, in the order in which they came. */
export function readMaildir(dir) {
  return readdirSync(join(dir, 'new')).sort((a, b) => parseInt(a, 10) - parseInt(b, 10))
    .map((name) => readMail(readFileSync(join(dir, 'new', name), 'latin1')));
}
