// A cancel while its alert is going out to everybody: it overtakes, it withdraws, and it reaches whoever
// had the alert, and nobody else.  crash.test.mjs kills the daemon in the middle of it.
import assert from 'node:assert/strict';
import { assertChain, daemon, importRoster, send } from './harness/daemon.mjs';
import { broadcast, chicago, sampleRoster } from './harness/roster.mjs';
import { scene } from './harness/scene.mjs';
import { sink } from './harness/sink.mjs';

const RELAY_MS = 30; // the relay takes so long for each message, over so many connections:
const CONNECTIONS = 10;

/** All posts of the sample roster, their webhooks at our receiver. */
function everyPost(http) {
  const { missions, representatives } = sampleRoster();
  return { missions, representatives: representatives.replaceAll('http://127.0.0.1:8025/', `http://127.0.0.1:${http}/`) };
}

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

scene('a cancel while all posts are alerted reaches exactly whoever had the alert', async (it) => {
  const peers = await sink(it, {
    rules: [{ match: { stage: 'body' }, action: { delay_ms: RELAY_MS } }, { match: { path: '/hooks/*' }, action: { delay_ms: 10 } }],
  });
  const d = await daemon(it, {
    smtp: { port: peers.smtp, connections: CONNECTIONS },
    webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'], per_host: 8 },
  });
  await importRoster(d, everyPost(peers.http));
  const alert = await send(d, broadcast({ urgency: 'expected' }));
  await peers.wait({ mails: 300 });

  const asked = Date.now();
  const r = await d.ctl('cancel', alert.id, '--false-alarm', '--json');
  assert.equal(r.code, 0, r.stdout + r.stderr);
  const cancel = JSON.parse(r.stdout);
  assert.ok(cancel.notifications < alert.notifications, 'the alert was in the middle');
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
  const withdrawn = journal.filter((x) => x.event === 'notification.withdrawn' && x.broadcast === alert.id);
  const neverSent = withdrawn.filter((x) => !byEndpoint.has(x.endpoint));
  assert.ok(neverSent.length > 0, 'the alert was in the middle');
  assert.equal(byEndpoint.size + neverSent.length, alert.notifications, 'each was told, or never sent to');
  assert.equal(withdrawn.length, neverSent.length, 'whatever was withdrawn was never sent');
  assert.ok(cancel.notifications <= byEndpoint.size, 'nobody is corrected who was told nothing');
  const mails = [...byEndpoint.keys()].filter((e) => e.startsWith('mailto:')).length;
  const fair = (mails / CONNECTIONS) * RELAY_MS;
  assert.ok(last - asked < 10 * fair + 20_000, `${last - asked} ms for what the relay does in ${fair}`);
  console.log(`# of ${alert.notifications} alerts ${neverSent.length} were never sent, ${byEndpoint.size} recipients had to be `
    + `corrected; ${last - asked} ms from the cancel to the last of them (the relay alone needs ${Math.round(fair)} ms)`);
  const story = await d.ctl('status', alert.id, '--json');
  assert.equal(JSON.parse(story.stdout).state, 'cancelled');
});

/** The story of a mission as a person reads it, from its heading to what follows it. */
async function storyOf(d, id, mission) {
  const r = await d.ctl('explain', id, '--mission', mission);
  assert.equal(r.code, 0, r.stderr);
  const lines = r.stdout.split('\n');
  const from = lines.findIndex((l) => l.startsWith(`The story of ${mission}`));
  const to = lines.findIndex((l) => l.startsWith('Where it stands'));
  assert.ok(from >= 0 && to > from, r.stdout);
  return lines.slice(from, to).map((l) => l.replace(/^ *[0-9-]{10} [0-9:]{8} {2}/, '- ').replace(/: 250.*$/, '').trim()).filter(Boolean);
}

scene('an update that shrinks and its cancel tell each group its own, and the story of each mission', async (it) => {
  const peers = await sink(it, { args: ['--maildir', it.file('mail')] });
  const d = await daemon(it, { smtp: { port: peers.smtp } });
  await importRoster(d, chicago(3, (i, mission) => [{ email: `liaison1@${mission}.example` }]));
  const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
  const reference = (b) => ({ identifier: b.identifier, sender: b.sender, sent: b.sent });
  const first = broadcast({ sent: ago(60), audience: { missions: ['m-0001', 'm-0002'] } });
  const alert = await send(d, first);
  const known = (b) => d.api.follow(`broadcast=${b.id}`).accepted(b.notifications, 20_000);
  await known(alert);
  const second = broadcast({
    sent: ago(30), type: 'update', audience: { missions: ['m-0002', 'm-0003'] }, references: [reference(first)],
    messages: [{ language: 'en', headline: 'Streets are open again in the north', description: 'South stays closed.' }],
  });
  const update = await send(d, second);
  await known(update);
  const asked = await d.ctl('cancel', update.id, '--reason', 'it is over', '--json');
  assert.equal(asked.code, 0, asked.stderr);
  const cancel = JSON.parse(asked.stdout);
  await known(cancel);
  await peers.wait({ mails: alert.notifications + update.notifications + cancel.notifications });

  const mails = peers.records().filter((m) => m.kind === 'mail');
  const got = (i) => mails.filter((m) => m.to[0] === `liaison1@m-000${i}.example`).length;
  assert.deepEqual([got(1), got(2), got(3)], [3, 3, 2], 'released, still affected, newly affected; all are told of the cancel');
  const { json } = await d.api.get(`/v1/broadcasts/${cancel.id}/explain?mission=m-0001`);
  assert.deepEqual(json.versions.map((v) => [v.type, v.state, v.role]),
    [['alert', 'superseded', 'affected'], ['update', 'cancelled', 'let-go'], ['cancel', 'released', 'cancelled']]);

  const desks = /\((office|desk):/;
  const story = async (id, mission) => (await storyOf(d, id, mission)).filter((l) => !desks.test(l));
  const headings = {
    alert: `${first.identifier}, alert of ${first.sender}: "${first.messages[0].headline}"`,
    update: `${second.identifier}, update of ${first.sender}: "${second.messages[0].headline}"`,
    cancel: `${cancel.identifier}, cancel of ${first.sender}: "Cancelled: ${second.messages[0].headline}"`,
  };
  const had = (i, what) => `- Liaison ${i}.1 (m-000${i}/1) has ${what} at mailto:liaison1@m-000${i}.example`;
  const told = (i, asAlert, asUpdate) => [
    `The story of m-000${i}, from the first version to the last`,
    headings.alert, ...asAlert, `- superseded by ${second.identifier}`,
    headings.update, ...asUpdate, `- cancelled by ${cancel.identifier}`,
    headings.cancel, `m-000${i} is told that what it was told is cancelled`, '- taken', had(i, 'the cancel'),
  ];
  assert.deepEqual(await story(alert.id, 'm-0001'), told(1,
    ['m-0001 is affected, because missions[0] = m-0001', '- taken', had(1, 'the whole text')],
    ['m-0001 is let go: it is told that it is no longer affected', '- taken', had(1, 'the word that it is no longer affected')]));
  assert.deepEqual(await story(update.id, 'm-0002'), told(2,
    ['m-0002 is affected, because missions[1] = m-0002', '- taken', had(2, 'the whole text')],
    ['m-0002 is still affected, because missions[0] = m-0002', '- taken', had(2, 'the update')]));
  for (const id of [alert.id, update.id, cancel.id])
    assert.deepEqual(await story(id, 'm-0003'), told(3,
      ['m-0003 is told nothing of this', '- taken'],
      ['m-0003 is affected now, and was not before, because missions[1] = m-0003', '- taken', had(3, 'the whole text')]));
  assert.equal((await d.api.get(`/v1/broadcasts/${alert.id}/explain?mission=m-0004`)).status, 404);
  assert.match((await d.ctl('explain', cancel.id)).stdout, /is not affected: cancelled/);
});
