// Starts the real liaisond on a configuration of its own, with the shipped offices, desks and templates.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from './api.mjs';
import { Part, root, run, wholeLines } from './scene.mjs';

export const binary = process.env.LIAISOND ?? 'liaisond';
const ctl = process.env.LIAISONCTL ?? 'liaisonctl';
const COMPLAINTS = /AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|CRITICAL|WARNING \*\*/;

/** A value in libconfig's words. */
function word(value) {
  if (Array.isArray(value)) {
    const list = value.map(word).join(', ');
    return value.some((v) => typeof v === 'object') ? `( ${list} )` : `[ ${list} ]`;
  }
  if (typeof value === 'object') return `{ ${Object.entries(value).map(([k, v]) => `${k} = ${word(v)};`).join(' ')} }`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** Writes DIR/liaisond.conf; overrides add to or replace the groups given here. */
export function configure(it, overrides = {}) {
  const keys = it.file('keys');
  const groups = {
    node: 'system-test',
    stop_grace_s: 20,
    log_level: 'debug',
    templates: join(root, 'conf/templates'),
    offices_file: join(root, 'conf/offices.conf'),
    desks_file: join(root, 'conf/desks.conf'),
    partners_file: join(root, 'conf/partners.conf'),
    calendars_file: join(root, 'conf/calendars.conf'),
    ladder_file: join(root, 'conf/ladder.conf'),
    store: { dir: it.file('state') },
    api: { socket: it.file('liaisond.sock') },
    smtp: { host: '127.0.0.1', starttls: 'off', connections: 10 },
    mail: { from_address: 'pld-duty@dss.example', exercise_address: 'exercise@dss.example', test_recipient: 'test@dss.example' },
    webhook: { signing_keys_file: keys },
    delivery_log: { file: it.file('delivery.jsonl') },
  };
  for (const [name, value] of Object.entries(overrides)) {
    groups[name] = typeof value === 'object' ? { ...groups[name], ...value } : value;
  }
  mkdirSync(it.file('state'), { recursive: true, mode: 0o700 });
  if (groups.webhook.signing_keys_file === keys && !it.keys) {
    it.keys = randomBytes(32).toString('base64');
    writeFileSync(keys, `${it.keys}\n`, { mode: 0o600 });
  }
  const file = it.file('liaisond.conf');
  writeFileSync(file, `${Object.entries(groups).map(([k, v]) => `${k} = ${word(v)};`).join('\n')}\n`);
  return { file, groups };
}

/**
 * Configures and starts; resolves when it is ready.  The end of the scene stops it and wants exit 0.
 * surroundings: as launch() takes them.
 */
export async function daemon(it, overrides = {}, surroundings = {}) {
  const { file, groups } = configure(it, overrides);
  return restart(it, { file, groups, ...surroundings });
}

/** Starts (again) on a configuration that is there. */
export async function restart(it, how) {
  const d = launch(it, how);
  await d.part.line(/daemon\.started/);
  const ready = await d.api.get('/readyz');
  assert.equal(ready.status, 200, ready.text);
  return d;
}

/** Nothing that a sanitizer or GLib complains of. */
function assertHealthy(part) {
  const complaint = part.lines.findIndex((l) => COMPLAINTS.test(l));
  assert.equal(complaint < 0 ? null : part.lines.slice(complaint, complaint + 30).join('\n'), null);
}

/**
 * Starts it and does not wait for anything.  env is added to the environment; files, such as
 * { '/etc/hosts': FILE }, are what it alone sees in those places.
 */
export function launch(it, { file, groups, env = {}, files = {} }) {
  const mounts = Object.entries(files).map(([place, mine]) => `mount --bind '${mine}' '${place}' && `).join('');
  const command = mounts ? ['unshare', '-m', 'sh', '-c', `${mounts}exec "$@"`, 'sh', binary] : [binary];
  const part = new Part(it, 'liaisond', command[0], [...command.slice(1), '-c', file], { env });
  const d = {
    part, file, groups, env, files,
    log: groups.delivery_log.file,
    api: new Api({ socketPath: groups.api.socket }),
    killed: false,
    /** liaisonctl against this daemon, over its socket. */
    ctl: (...args) => run(ctl, ['--server', `unix:${groups.api.socket}`, ...args]),
    async stop(ms) {
      if (this.killed) return;
      const how = await part.stop(ms);
      assertHealthy(part);
      assert.equal(how, 0, `liaisond ended with ${how}`);
    },
    /** kill -9: nothing is flushed, nothing is said. */
    async kill() {
      this.killed = true;
      part.signal('SIGKILL');
      assert.equal(await part.ended, 'SIGKILL');
      assertHealthy(part);
    },
    /** SIGHUP; resolves with the line that says how it went. */
    reload() {
      const from = part.lines.length;
      part.signal('SIGHUP');
      return part.line(/configuration\.(reloaded|refused)/, { from });
    },
  };
  it.defer(() => d.stop());
  return d;
}

/** Imports a roster of two CSV texts and answers what the daemon says. */
export async function importRoster(d, { missions, representatives }) {
  const r = await d.api.request('POST', '/v1/roster', {
    missions: { name: 'missions.csv', text: missions },
    representatives: { name: 'representatives.csv', text: representatives },
  });
  assert.equal(r.status, 200, r.text);
  return r.json;
}

/** Sends a broadcast that has to be taken. */
export async function send(d, broadcast) {
  const r = await d.api.request('POST', '/v1/broadcasts', broadcast);
  assert.equal(r.status, 201, r.text);
  return r.json;
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const ascii = (value) => JSON.stringify(value).replace(/[\x7f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The hash of a record: what is personal is in it through its own, and the one before through its hash. */
function recordHash({ recipient, endpoint, reply, salt, personal, prev, hash, ...fact }) {
  const secret = salt ? sha256(ascii({ recipient, endpoint, reply, salt })) : personal;
  return sha256(prev + sha256(ascii({ ...fact, personal: secret })));
}

/** The whole lines of a delivery log, each checked against its own hash. */
export function logLines(file) {
  return wholeLines(file).map((line) => {
    const record = JSON.parse(line);
    assert.equal(recordHash(record), record.hash, line);
    return record;
  });
}

/** Gap-free from 1 (or first), and every record carries the hash of the one before it. */
export function assertChain(records, first = 1) {
  records.forEach((r, i) => {
    assert.equal(r.seq, first + i, `the journal has ${r.seq} where ${first + i} was to be`);
    if (i > 0) assert.equal(r.prev, records[i - 1].hash, `record ${r.seq} does not follow from the one before`);
  });
}
