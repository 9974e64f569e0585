// A cancel while its alert is going out to everybody: it overtakes, it withdraws, and it reaches whoever
// had the alert, and nobody else; killed in the middle, too.
import assert from 'node:assert/strict';
import { assertChain, daemon, importRoster, restart, send } from './harness/daemon.mjs';
import { broadcast, chicago } from './harness/roster.mjs';
import { scene } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';

const MISSIONS = 750;
const roster = (http) => chicago(MISSIONS, (i, mission) => [1, 2].map((k) => ({
  email: `liaison${k}@${mission}.example`,
  webhook: k === 1 ? `http://127.0.0.1:${http}/hooks/${mission}` : '',
})));

/** endpoint -> the broadcasts that it got, in the order of their arrival. */
function stories(peers, isCancel) {
  const byEndpoint = new Map();
  const all = [
    ...peers.mails().map((m) => ({ endpoint: `mailto:${m.to[0]}`, time: m.time, id: m.message_id })),
    ...peers.webhooks().map((w) => ({ endpoint: `http://${w.host}${w.path}`, time: w.time, id: w.webhook_id })),
  ];
  for (const a of all) {
    const list = byEndpoint.get(a.endpoint) ?? [];
    list.push({ at: Date.parse(a.time), cancel: isCancel(a.id) });
    byEndpoint.set(a.endpoint, list);
  }
  return byEndpoint;
}

for (const killed of [false, true]) {
  scene(`a cancel in the middle of an alert reaches exactly whoever had the alert${killed ? ', over a kill -9' : ''}`, async (it) => {
    const peers = await sink(it, {
      rules: [{ match: { stage: 'body' }, action: { delay_ms: 15 } }, { match: { path: '/hooks/*' }, action: { delay_ms: 10 } }],
    });
    let d = await daemon(it, {
      smtp: { port: peers.smtp, connections: 10 },
      webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'], per_host: 8 },
    });
    await importRoster(d, roster(peers.http));
    const alert = await send(d, broadcast({ urgency: 'expected' }));
    await peers.wait({ mails: 300 });

    const asked = Date.now();
    const r = await d.ctl('cancel', alert.id, '--false-alarm', '--json');
    assert.equal(r.code, 0, r.stdout + r.stderr);
    const cancel = JSON.parse(r.stdout);
    assert.ok(cancel.notifications < alert.notifications, 'the alert was in the middle');
    if (killed) {
      await d.kill();
      d = await restart(it, d);
    }
    await d.api.follow(`broadcast=${cancel.id}`).accepted(cancel.notifications, 60_000);

    const isCancel = (id) => id.includes(cancel.id);
    const byEndpoint = stories(peers, isCancel);
    let last = 0;
    for (const [endpoint, list] of byEndpoint) {
      const firstCancel = list.findIndex((a) => a.cancel);
      const lastAlert = list.map((a) => a.cancel).lastIndexOf(false);
      assert.notEqual(lastAlert, -1, `${endpoint} got a cancel of what it never had`);
      assert.notEqual(firstCancel, -1, `${endpoint} had the alert and never got its cancel`);
      assert.ok(lastAlert < firstCancel, `${endpoint} got the alert after its cancel`);
      last = Math.max(last, ...list.filter((a) => a.cancel).map((a) => a.at));
    }
    const journal = await d.api.records();
    assertChain(journal);
    const withdrawn = journal.filter((x) => x.event === 'notification.withdrawn' && x.broadcast === alert.id).length;
    assert.ok(withdrawn > 0);
    assert.ok(byEndpoint.size + withdrawn >= alert.notifications, 'each was told, or withdrawn');
    console.log(`# cancelled ${alert.notifications - withdrawn} of ${alert.notifications}: ${withdrawn} alerts were never sent; `
      + `${last - asked} ms from the cancel to the last corrected recipient`);
    const story = await d.ctl('status', alert.id, '--json');
    assert.equal(JSON.parse(story.stdout).state, 'cancelled');
  });
}

scene('an update that shrinks tells each group its own, and threads', async (it) => {
  const peers = await sink(it, { args: ['--maildir', it.file('mail')] });
  const d = await daemon(it, { smtp: { port: peers.smtp } });
  await importRoster(d, chicago(3, (i, mission) => [{ email: `liaison1@${mission}.example` }]));
  const first = broadcast({ audience: { missions: ['m-0001', 'm-0002'] } });
  const alert = await send(d, first);
  await peers.wait({ mails: alert.notifications });
  const update = await send(d, broadcast({
    type: 'update', audience: { missions: ['m-0002', 'm-0003'] },
    references: [{ identifier: first.identifier, sender: first.sender, sent: first.sent }],
    messages: [{ language: 'en', headline: 'Streets are open again in the north', description: 'South stays closed.' }],
  }));
  await peers.wait({ mails: alert.notifications + update.notifications });
  const { json } = await d.api.get(`/v1/broadcasts/${update.id}/explain?mission=m-0002`);
  assert.deepEqual(json.versions.map((v) => [v.type, v.state]), [['alert', 'superseded'], ['update', 'released']]);
  const mails = peers.records().filter((m) => m.kind === 'mail');
  const got = (i) => mails.filter((m) => m.to[0] === `liaison1@m-000${i}.example`).length;
  assert.deepEqual([got(1), got(2), got(3)], [2, 2, 1], 'released, still affected, newly affected');
});
