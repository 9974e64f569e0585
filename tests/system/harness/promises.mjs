// The promises of liaisond(8), held against the evidence of a daemon that was killed again and again.
import assert from 'node:assert/strict';

const settled = (records, event) => records.filter((r) => r.event === `notification.${event}`);

/** endpoint -> what reached it, in the order in which it did; by mail in the order of the relay. */
function reached(e) {
  const mailbox = new Map(e.mails.map((m) => [m.key, m]).reverse()); // the first copy of each
  const mails = e.relayed.filter((r) => e.queued.has(r.queue) && mailbox.has(r.key))
    .map((r) => ({ ...mailbox.get(r.key), queue: r.queue }));
  const all = new Map();
  for (const a of [...mails, ...e.webhooks]) all.set(a.endpoint, [...(all.get(a.endpoint) ?? []), a]);
  return all;
}

/** The ids of what corrects an offer, and of what corrects that. */
function laterThan(e) {
  const by = new Map();
  for (const o of e.taken()) if (o.corrects) by.set(o.corrects.answer.json.id, o.answer.json.id);
  return (id) => {
    const out = [];
    for (let next = by.get(id); next; next = by.get(next)) out.push(next);
    return out;
  };
}

/** Nothing after expiry, by the time that each message itself carries; answers how late one arrived. */
function assertNotExpired(e) {
  let late = 0;
  const ends = new Map(e.taken().map((o) => [o.answer.json.id, Date.parse(o.answer.json.deadline)]));
  for (const a of [...e.webhooks, ...e.mails]) {
    const end = ends.get(a.broadcast) ?? Infinity;
    assert.ok(a.told < end, `${a.key} to ${a.endpoint} was sent after its expiry: ${a.told} is not before ${end}`);
    late = Math.max(late, a.at - end);
  }
  return late;
}

function assertNotCorrected(e, endpoints) {
  const later = laterThan(e);
  for (const [endpoint, list] of endpoints) {
    const had = new Set();
    for (const a of list) {
      const by = later(a.broadcast).find((id) => had.has(id));
      assert.equal(by, undefined, `${a.key} came to ${endpoint} after its correction ${by}`);
      had.add(a.broadcast);
    }
  }
}

const killedBetween = (e, from, to) => e.kills.filter((k) => k.at >= from && k.at <= to).length;
const maybes = (records) => records.filter((r) => r.outcome === 'unknown').length;

/** One broadcast at one endpoint: copies have one id, and each but the last was cut off by a kill. */
function assertCopies(e, copies, records) {
  const [first] = copies;
  const what = `${first.key} to ${first.endpoint}`;
  assert.equal(new Set(copies.map((a) => a.key)).size, 1, `${what}: a repetition is known by its id`);
  const accepted = settled(records, 'accepted');
  assert.ok(accepted.length <= 1, `${what} is recorded as accepted ${accepted.length} times`);
  const end = accepted[0] ? Date.parse(accepted[0].time) : Infinity;
  const excuses = killedBetween(e, first.told - 1000, end) + maybes(records);
  assert.ok(copies.length - 1 <= excuses, `${what} came ${copies.length} times for ${excuses} reasons`);
  if (!accepted[0]) return;
  if (first.queue) {
    const queue = /queued as (\w+)/.exec(accepted[0].reply)[1];
    const at = copies.findIndex((a) => a.queue === queue); // what is not there yet is on its way
    assert.ok(at < 0 || at === copies.length - 1, `${what} came again after its acceptance was recorded`);
  } else {
    assert.ok(copies.at(-1).at <= end, `${what} came again after its acceptance was recorded`);
  }
}

/** Answers how many came more than once. */
function assertRepetitions(e, endpoints) {
  let repeated = 0;
  for (const [endpoint, list] of endpoints) {
    const by = new Map();
    for (const a of list) by.set(a.broadcast, [...(by.get(a.broadcast) ?? []), a]);
    for (const [broadcast, copies] of by) {
      assertCopies(e, copies, e.attempts(broadcast, endpoint));
      repeated += copies.length > 1;
    }
  }
  return repeated;
}

/** What must hold at every instant, whatever is still on its way. */
export function assertSafe(e) {
  const endpoints = reached(e);
  assertNotCorrected(e, endpoints);
  return { late: assertNotExpired(e), repeated: assertRepetitions(e, endpoints) };
}

/** What was answered since the last call is there, whole, and in the journal. */
export async function assertKept(e, api) {
  const events = new Set(e.records.filter((r) => r.broadcast).map((r) => `${r.event} ${r.broadcast} ${r.recipient ?? ''}`));
  for (const o of e.taken().filter((x) => !x.kept)) {
    const { id, notifications } = o.answer.json;
    const { progress } = await api.read(`/v1/broadcasts/${id}`);
    const total = Object.values(progress.notifications).reduce((a, b) => a + b, 0);
    assert.ok(total >= notifications, `${o.body.identifier} was answered with ${notifications} notifications and has ${total}`);
    if (notifications > 0) assert.ok(Object.values(progress.obligations).some((n) => n > 0), `${o.body.identifier} has lost its obligations`);
    assert.ok(events.has(`broadcast.accepted ${id} `), `${o.body.identifier}: its acceptance is not in the journal`);
    o.kept = true;
  }
  for (const a of e.answers.filter((x) => !x.kept)) {
    assert.ok(events.has(`obligation.acknowledged ${a.broadcast} ${a.recipient}`), `the answer of ${a.recipient} to ${a.broadcast} is not in the journal`);
    a.kept = true;
  }
  const { representatives } = await api.read('/v1/roster/missions/m-0001');
  const version = Number(representatives[0].phone.slice(-6));
  assert.ok(version >= e.roster.known && version <= e.roster.tried, `the roster is version ${version}, ${e.roster.known} was answered`);
  const changes = e.records.filter((r) => r.event === 'roster.changed').length;
  const { answered, unsure } = e.roster;
  assert.ok(changes >= answered && changes <= answered + unsure, `${changes} changes of the roster are in the journal, ${answered} were answered`);
}

/** Once nothing is on its way any more: everybody has what they were to get. */
export async function assertComplete(e, api) {
  const endpoints = reached(e);
  const has = (endpoint, broadcast) => (endpoints.get(endpoint) ?? []).some((a) => a.broadcast === broadcast);
  const path = (n) => (n.channel === 'webhook' ? new URL(n.endpoint).pathname : n.endpoint);
  const sums = { accepted: 0, withdrawn: 0 };
  const corrected = new Set(e.taken().filter((o) => o.corrects).map((o) => o.corrects));
  for (const o of e.taken()) {
    const { id } = o.answer.json;
    const { missions, others } = await api.read(`/v1/broadcasts/${id}/explain`);
    const obligations = [...missions.flatMap((m) => m.obligations), ...others];
    for (const n of obligations.flatMap((x) => x.notifications)) {
      const records = e.attempts(id, path(n));
      assert.ok(n.state === 'accepted' || n.state === 'withdrawn', `${n.id} to ${n.endpoint} ended as ${n.state}`);
      assert.equal(settled(records, n.state).length, 1, `${n.id} to ${n.endpoint} is ${n.state}, and the journal says ${records.map((r) => r.event)}`);
      if (n.state === 'accepted') assert.ok(has(path(n), id), `${n.id} is recorded as accepted by ${n.endpoint}, which never got it`);
      else assert.ok(corrected.has(o) || o.kind === 'short', `${n.id} to ${n.endpoint} was given up: ${records.at(-1).reply}`);
      sums[n.state] += 1;
    }
    if (o.people && !corrected.has(o)) o.people.forEach((to) => assert.ok(has(to, id), `${to} never got ${o.body.identifier}`));
  }
  const later = laterThan(e);
  for (const [endpoint, list] of endpoints)
    for (const a of list) later(a.broadcast).forEach((id) => assert.ok(has(endpoint, id), `${a.key} came to ${endpoint}, and its correction ${id} never did`));
  for (const [endpoint, list] of endpoints)
    for (const a of list) assert.ok(e.attempts(a.broadcast, endpoint).length > 0, `${a.key} came to ${endpoint}, and the journal knows of no attempt`);
  return sums;
}
