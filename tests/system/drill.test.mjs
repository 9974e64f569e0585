// A drill on the sample roster of all posts: a tenth of the mailboxes refuse, a fifth of the people keep
// silent, the others answer.  What the daemon says of coverage, in the call sheet and in the report is held
// against what the receiver really got and what people really answered, to the last row.
import assert from 'node:assert/strict';
import { asking } from './harness/asking.mjs';
import { broadcast, parseCsv, sampleRoster } from './harness/roster.mjs';
import { poll, scene } from './harness/scene.mjs';

const NEEDED = 2; // of a mission, for what is immediate
const TODAY = new Date().toISOString().slice(0, 10);

/** The sample, its webhooks at the scene's own receiver; and who is to do what. */
function cast(peers) {
  const sample = sampleRoster();
  const representatives = sample.representatives.replaceAll('http://127.0.0.1:8025/', `http://127.0.0.1:${peers.http}/`);
  return { roster: { ...sample, representatives }, missions: parseCsv(sample.missions), people: parseCsv(representatives) };
}

const key = (p) => `${p.mission}/${p.rank}`;
const isValid = (p) => (!p.valid_to || p.valid_to >= TODAY) && (!p.valid_from || p.valid_from <= TODAY) && (p.email || p.webhook);
const refuses = (i) => i % 10 === 3;
const isSilent = (i) => i % 5 === 1;

/** Does fn for all, some at a time. */
async function each(list, fn, width = 16) {
  const rest = [...list];
  await Promise.all(Array.from({ length: width }, async () => {
    while (rest.length > 0) await fn(rest.shift());
  }));
}

scene('coverage, call sheet and report agree with what the receiver got, to the last row', async (it, t) => {
  let told;
  const a = await asking(it, (peers) => { told = cast(peers); return told.roster; }, {
    acknowledge: { quorum_urgent: NEEDED, link_days: 1 },
    webhook: { allow_http: true, allow_networks: ['127.0.0.0/8'], per_host: 16 },
  });
  const valid = told.people.filter(isValid);
  const refused = valid.filter((p, i) => refuses(i) && p.email);
  const scripted = await a.peers.script(refused.map((p) => ({ match: { rcpt: p.email }, action: { smtp: '550 5.1.1 no such mailbox' } })));
  assert.equal(scripted.ok, true, JSON.stringify(scripted));

  const { id } = await a.send(broadcast({ urgency: 'immediate' }));
  const mails = new Set(a.peers.mails().flatMap((m) => m.to));
  const hooks = new Set(a.peers.webhooks().map((h) => h.path));
  const gotIt = (p) => mails.has(p.email) || (p.webhook && hooks.has(new URL(p.webhook).pathname));
  for (const p of refused) assert.ok(!mails.has(p.email), `${p.email} refuses`);

  const read = new Map(a.mails().map((m) => [m.to, m]));
  // One message for one mailbox: who answers it answers for all whom it is for.
  const answering = new Set(valid.filter((p, i) => !isSilent(i) && mails.has(p.email)).map((p) => p.email));
  const begun = Date.now();
  await each(answering, async (mailbox) => {
    const mail = read.get(mailbox);
    const r = await a.post(mail.path, { code: mail.code, answer: 'understood' }, a.from());
    assert.equal(r.status, 200, `${mailbox}: ${r.text}`);
  });
  const willing = valid.filter((p) => answering.has(p.email));
  console.log(`${answering.size} answers in ${Date.now() - begun} ms`);

  // --- what must be true, from the receiver's side ---
  const answered = new Set(willing.map(key));
  const of = (list) => Map.groupBy ? Map.groupBy(list, (p) => p.mission) : list.reduce((m, p) => m.set(p.mission, [...(m.get(p.mission) ?? []), p]), new Map());
  const asked = of(valid);
  const all = of(told.people);
  const isCovered = (m) => {
    const mine = asked.get(m) ?? [];
    return mine.length > 0 && mine.filter((p) => answered.has(key(p))).length >= Math.min(NEEDED, mine.length);
  };
  const ids = told.missions.map((m) => m.mission);
  const waiting = ids.filter((m) => !isCovered(m));
  const covered = ids.length - waiting.length;
  console.log(`${ids.length} missions, ${valid.length} representatives asked, ${refused.length} mailboxes refuse, `
    + `${willing.length} answered: ${covered} missions covered, ${waiting.length} waiting`);
  assert.ok(waiting.length > 100 && covered > 100, 'the drill has both kinds');

  await t.test('coverage', async () => {
    assert.deepEqual(await a.coverage(id), { affected: ids.length, covered, taken: 0, waiting: waiting.length });
  });

  await t.test('the call sheet has everybody who does not know, and nobody else', async () => {
    const sheet = await a.d.api.read(`/v1/broadcasts/${id}/unreached`);
    assert.deepEqual([sheet.missions, sheet.affected], [waiting.length, ids.length]);
    const callable = (m) => (all.get(m) ?? []).filter((p) => !answered.has(key(p)) && (isValid(p) || p.phone));
    const want = waiting.flatMap((m) => {
      const mine = callable(m);
      return mine.length > 0 ? mine.map((p) => `${key(p)} ${p.name} ${p.phone}`) : [`${m}/0  `];
    });
    const got = sheet.rows.map((r) => `${r.mission}/${r.rank ?? 0} ${r.name ?? ''} ${r.phone ?? ''}`);
    assert.deepEqual(got.sort(), want.sort());
    for (const r of sheet.rows.filter((row) => row.recipient)) {
      const p = told.people.find((q) => key(q) === `${r.mission}/${r.rank}`);
      const state = !isValid(p) ? 'not-written-to' : gotIt(p) ? 'reached' : 'unreachable';
      assert.equal(r.state, state, key(p));
      const said = r.tried.filter((x) => x.outcome === 'refused').map((x) => x.reply);
      if (isValid(p) && p.email && !mails.has(p.email)) assert.match(said.join(), /550 5\.1\.1 no such mailbox/, key(p));
    }
    const csv = await a.d.api.get(`/v1/broadcasts/${id}/unreached`, { accept: 'text/csv' });
    assert.equal(parseCsv(csv.text).length, sheet.rows.length);
  });

  await t.test('the report has the same numbers', async () => {
    const r = await a.d.api.read(`/v1/broadcasts/${id}/report`);
    const reachedMissions = ids.filter((m) => (asked.get(m) ?? []).some(gotIt));
    assert.deepEqual(r.missions, { affected: ids.length, reached: reachedMissions.length, covered, taken: 0, waiting: waiting.length });
    assert.deepEqual(r.representatives, { told: valid.length, reached: valid.filter(gotIt).length, acknowledged: willing.length });
    assert.deepEqual(r.not_covered.map((m) => m.mission ?? m.id).sort(), [...waiting].sort());
    assert.equal(r.answers.understood, willing.length);
    assert.equal(r.coverage.at(-1).covered, covered);
    const sum = (field) => r.offices.reduce((n, o) => n + o[field], 0);
    assert.deepEqual([sum('missions'), sum('reached'), sum('covered')], [ids.length, reachedMissions.length, covered]);
  });

  await t.test('what is taken over leaves the sheet, and the last one closes the broadcast with its report', async () => {
    const before = a.mails().length;
    const taken = await a.d.api.request('POST', `/v1/broadcasts/${id}/take`, { missions: waiting.filter((m) => asked.has(m)), note: 'by telephone' });
    assert.equal(taken.status, 200, taken.text);
    const sheet = await a.d.api.read(`/v1/broadcasts/${id}/unreached`);
    const rest = new Set(sheet.rows.map((r) => r.mission));
    assert.deepEqual([...rest].sort(), waiting.filter((m) => !asked.has(m)).sort(), 'only missions without anybody are left');
    const open = valid.filter((p) => isCovered(p.mission) && !answered.has(key(p)));
    const late = open.filter((p) => mails.has(p.email));
    await each(late, async (p) => {
      const mail = read.get(p.email);
      assert.equal((await a.post(mail.path, { code: mail.code, answer: 'understood' }, a.from())).status, 200);
    });
    const stuck = [...new Set(open.filter((p) => !mails.has(p.email)).map((p) => p.mission))];
    if (stuck.length > 0) {
      const r = await a.d.api.request('POST', `/v1/broadcasts/${id}/take`, { missions: stuck, note: 'they know by a colleague' });
      assert.equal(r.status, 200, r.text);
    }
    await poll(30_000, 'it is closed', async () => (await a.d.api.read(`/v1/broadcasts/${id}`)).state === 'closed');
    await poll(30_000, 'the report is mailed', () => a.mails().slice(before).some((m) => /After-action report/.test(m.subject)));
  });
});
