// Keys that a command makes: webhooks carry two signatures while the owners change over, links that are out stay
// good, and a store is of no use without the key that its secrets are sealed under.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { Api } from './harness/api.mjs';
import { asking } from './harness/asking.mjs';
import { configure, restart } from './harness/daemon.mjs';
import { broadcast, chicago } from './harness/roster.mjs';
import { freePort, Part, scene } from './harness/scene.mjs';

const ONE = 'liaison1@m-0001.example';
const line = () => `${randomBytes(32).toString('base64')}\n`;

scene('a key is rotated, retired and revoked by command, and the store is sealed', async (it) => {
  const keyFile = it.file('store-key');
  const [old, next] = [line(), line()];
  writeFileSync(keyFile, old, { mode: 0o600 });
  const port = await freePort();
  const a = await asking(it, (peers) => chicago(1, (i, mission) => [{ email: ONE, webhook: `http://127.0.0.1:${peers.http}/hooks/${mission}` }]),
    { store: { key_file: keyFile }, api: { address: `127.0.0.1:${port}` } });
  let { d } = a;
  const json = async (...args) => {
    const r = await d.ctl(...args, '--json');
    assert.equal(r.code, 0, r.stderr);
    return r.stdout.trim() ? JSON.parse(r.stdout) : undefined;
  };
  const hook = `http://127.0.0.1:${a.peers.http}/hooks/m-0001`;
  const secrets = async () => (await json('webhook-secret', hook)).secrets;
  const token = (await json('token', 'create', 'a test', '--role', 'viewer')).token;
  const afar = new Api({ host: '127.0.0.1', port }, token);
  assert.equal((await afar.get('/v1/duty')).status, 200);

  /** Sends one, and answers the hook's signatures and the mail's link. */
  let mails = 0;
  const signed = async () => {
    await a.send(broadcast());
    const w = a.peers.webhooks().at(-1);
    mails += 1;
    return { headers: { 'webhook-id': w.webhook_id, 'webhook-timestamp': w.webhook_timestamp, 'webhook-signature': w.webhook_signature },
      body: w.body, n: w.webhook_signature.split(' ').length, link: new URL(a.mailTo(ONE, mails).url).pathname };
  };
  const opens = async (link) => (await a.pages.get(link, a.from())).status;
  const verifies = (m, secret) => { new Webhook(secret).verify(m.body, m.headers); };

  // Before, between, after.
  const [first] = await secrets();
  const m1 = await signed();
  assert.equal(m1.n, 1);
  const made = await json('key', 'rotate');
  const [second, still] = await secrets();
  assert.equal(still, first);
  assert.notEqual(second, first);
  const m2 = await signed();
  assert.equal(m2.n, 2, 'both sign while the owner changes over');
  verifies(m2, first);
  verifies(m2, second);
  const { keys } = await json('key', 'list');
  assert.deepEqual(keys.map((k) => [k.state, k.from]), [['signing', 'store'], ['signing', 'file']]);
  assert.equal(keys[0].id, made.id);
  const days = (Date.parse(keys[1].retires) - Date.now()) / 86400_000;
  assert.ok(days > 13.9 && days <= 14, `retires in ${days} days`);

  await json('key', 'retire', keys[1].id);
  const m3 = await signed();
  assert.equal(m3.n, 1);
  verifies(m3, second);
  assert.throws(() => verifies(m3, first));
  assert.deepEqual(await Promise.all([m1, m2, m3].map((m) => opens(m.link))), [200, 200, 200], 'links that are out stay good');
  const last = await d.ctl('key', 'retire', made.id);
  assert.equal(last.code, 1);
  assert.match(last.stderr, /rotate first/);

  // No secret lies in the store as it is.
  await d.stop();
  const state = Buffer.concat(readdirSync(it.file('state')).map((f) => readFileSync(it.file('state', f))));
  for (const secret of [token, second, second.replace('whsec_', ''), old.trim()]) assert.ok(!state.includes(secret));

  // Without its key it does not start, and says which one it needs; nothing is locked out by that.
  const fails = async (what) => {
    const part = new Part(it, 'liaisond', process.env.LIAISOND, ['-c', d.file]);
    assert.equal(await part.ended, 1);
    assert.match(part.lines.join('\n'), what);
  };
  writeFileSync(keyFile, next);
  await fails(/sealed under the key [0-9a-f]{16}, which none of the 1 keys of store.key_file is: put that key back/);
  configure(it, { ...d.groups, store: { ...d.groups.store, key_file: '' } });
  await fails(/store.key_file is not set/);
  configure(it, d.groups);
  writeFileSync(keyFile, next + old);
  d = await restart(it, d);
  await d.part.line(/store_key\.sealed_anew/);
  await d.stop();
  writeFileSync(keyFile, next);
  d = await restart(it, d);
  assert.equal((await afar.get('/v1/duty')).status, 200, 'the token is good all the while');
  assert.deepEqual(await secrets(), [second]);
  assert.equal(await opens(m1.link), 200);

  // Revoked: links made with it are dead, and a reload does not bring it back.
  await json('key', 'retire', keys[1].id, '--revoke');
  await d.reload();
  assert.deepEqual(await Promise.all([m1, m2, m3].map((m) => opens(m.link))), [404, 200, 200]);
  configure(it, { ...d.groups, webhook: { ...d.groups.webhook, per_host: 3 } });
  await d.reload();
  writeFileSync(d.file, 'nonsense');
  await d.reload();
  const audits = await d.api.records('event=audit.*');
  const reloads = audits.filter((r) => r.event === 'audit.reloadConfiguration');
  assert.deepEqual(reloads.map((r) => [r.detail, /webhook.per_host/.test(r.reply)]),
    [['signal taken', false], ['signal taken', true], ['signal refused', false]]);
  const did = (operation) => audits.filter((r) => r.event === `audit.${operation}`).map((r) => r.detail);
  assert.deepEqual([did('rotateKey'), did('retireKey')], [['socket 201'], ['socket 204', 'socket 409', 'socket 204']]);
  assert.equal(did('getWebhookSecret').length, 3);
  const events = (await d.api.records()).map((r) => r.event).filter((e) => e.startsWith('key.'));
  assert.deepEqual(events, ['key.rotated', 'key.retired', 'key.revoked']);
});
