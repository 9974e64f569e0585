// Who is meant: previews by liaisonctl against missions and offices that are worked out independently,
// here from the CSV and the office file, or by whoever wrote the scenarios.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { daemon, importRoster } from './harness/daemon.mjs';
import { broadcast, chicago, parseCsv, rosterOf, sampleRoster } from './harness/roster.mjs';
import { root, scene } from './harness/scene.mjs';

/** A daemon with the roster of a folder, imported the way an operator does it. */
async function rostered(it, folder) {
  const d = await daemon(it);
  const r = await d.ctl('roster', 'import', folder, '--json');
  assert.equal(r.code, 0, r.stdout + r.stderr);
  assert.equal(JSON.parse(r.stdout).missions, parseCsv(rosterOf(folder).missions).length);
  return d;
}

async function preview(d, file, at) {
  const r = await d.ctl('preview', file, '--json', '--at', at);
  return { ...r, answer: JSON.parse(r.stdout) };
}

const officeCounts = (answer) => Object.fromEntries(answer.offices.map((o) => [o.office, o.missions]));
const ids = (answer) => answer.missions.map((m) => m.mission).sort();

const shared = join(root, '../shared/data');
if (existsSync(join(shared, 'scenarios'))) {
  scene('the shared scenarios resolve to exactly the missions and offices they expect', async (it, t) => {
    const d = await rostered(it, join(shared, 'roster'));
    for (const id of ['S01', 'S04', 'S10', 'S13']) {
      await t.test(id, async () => {
        const file = join(shared, 'scenarios', `${id}-broadcast.json`);
        const { expected } = JSON.parse(readFileSync(join(shared, 'scenarios', `${id}-expected.json`), 'utf8'));
        const want = expected.mission_ids ? expected : expected.all_embassies ?? expected.with_state;
        const { code, answer, stderr } = await preview(d, file, JSON.parse(readFileSync(file, 'utf8')).sent);
        assert.equal(code, 0, stderr);
        assert.equal(answer.missions.length, want.missions);
        assert.deepEqual(ids(answer), [...want.mission_ids].sort());
        assert.deepEqual(officeCounts(answer), want.offices);
        const without = answer.missions.filter((m) => m.representatives.length === 0).map((m) => m.mission);
        for (const mission of want.missions_without_rep) assert.ok(without.includes(mission), `${mission} has nobody`);
      });
    }
    await t.test('S13 without a state is refused, both states named', async () => {
      const file = join(shared, 'scenarios', 'S13-bare-city.json');
      const { code, stdout, stderr } = await preview(d, file, '2012-07-23T09:00:00-04:00');
      assert.notEqual(code, 0);
      assert.match(stdout + stderr, /OR/);
      assert.match(stdout + stderr, /ME/);
    });
  });

  const CAP = [
    ['S02', 'S02-alert.xml', (e) => e], ['S03', 'S03-alert.xml', (e) => e], ['S05', 'S05-alert.xml', (e) => e],
    ['S05', 'S05-update.xml', (e) => e], ['S06', 'S06-exercise.xml', (e) => e], ['S07', 'S07-alert.xml', (e) => e],
    ['S08', 'S08-alert.xml', (e) => e.alert], ['S08', 'S08-update.xml', (e) => e.update],
    ['S09', 'S09-quake.xml', (e) => e.quake], ['S09', 'S09-tsunami.xml', (e) => e.tsunami],
    ['S11', 'S11-alert.xml', (e) => e], ['S12', 'S12-alert.xml', (e) => e],
  ];
  scene('so do those that come as CAP', async (it, t) => {
    const d = await rostered(it, join(shared, 'roster'));
    for (const [id, name, part] of CAP) {
      await t.test(name, async () => {
        const file = join(shared, 'scenarios', name);
        const want = part(JSON.parse(readFileSync(join(shared, 'scenarios', `${id}-expected.json`), 'utf8')).expected);
        const sent = /<sent>([^<]*)</.exec(readFileSync(file, 'utf8'))[1];
        const { code, answer, stderr } = await preview(d, file, sent);
        assert.equal(code, 0, stderr);
        assert.equal(answer.missions.length, want.missions);
        if (want.mission_ids) assert.deepEqual(ids(answer), [...want.mission_ids].sort());
        assert.deepEqual(officeCounts(answer), want.offices);
        assert.equal(answer.hold, undefined);
        if (id !== 'S06') return;
        const valid = (r) => (r.valid_from === '' || r.valid_from <= sent.slice(0, 10)) && (r.valid_to === '' || r.valid_to >= sent.slice(0, 10));
        const all = parseCsv(rosterOf(join(shared, 'roster')).representatives)
          .filter((r) => want.mission_ids.includes(r.mission) && valid(r) && (r.email || r.webhook));
        const listed = answer.missions.flatMap((m) => m.representatives);
        assert.equal(listed.length, all.filter((r) => r.exercises === 'yes').length, 'only who opted in is listed');
        assert.equal(answer.left_out, all.length - listed.length, 'and the others are counted');
      });
    }
  });
} else {
  test('the shared scenarios', (t) => t.skip(`${shared} is not there`));
}

/* The office of a mission, worked out a second time. */

const offices = [...readFileSync(join(root, 'conf/offices.conf'), 'utf8').replace(/^\s*#.*$/gm, '').matchAll(/\{([^}]*)\}/g)]
  .map(([, text]) => {
    const of = (key) => new RegExp(`\\b${key} = "?([^";]*)"?;`).exec(text)?.[1];
    return { id: of('id'), heading: of('heading'), lat: Number(of('lat')), lon: Number(of('lon')) };
  }).filter((o) => o.id);

function distance(a, b) {
  const [la, lb, dlon] = [a.lat, b.lat, b.lon - a.lon].map((v) => Number(v) * Math.PI / 180);
  const c = Math.sin(la) * Math.sin(lb) + Math.cos(la) * Math.cos(lb) * Math.cos(dlon);
  return 6371.0088 * Math.acos(Math.min(1, Math.max(-1, c)));
}

function officeOf(m) {
  if (m.office) return m.office;
  const here = offices.filter((o) => o.heading === `${m.city}, ${m.state}`);
  const among = here.length > 0 ? here : offices;
  return [...among].sort((a, b) => distance(m, a) - distance(m, b) || (a.id < b.id ? -1 : 1))[0].id;
}

const sample = parseCsv(sampleRoster().missions);
const levels = ['low', 'medium', 'high', 'critical'];
const box = { west: -123, east: -114, south: 32, north: 39 };
const inBox = (m) => m.lon > box.west && m.lon < box.east && m.lat > box.south && m.lat < box.north;
const capitol = { lat: 38.8899, lon: -77.0091 };

const rows = [
  { name: 'a city is its state too', audience: { cities: ['Chicago, IL'] }, has: (m) => m.city === 'Chicago' && m.state === 'IL' },
  { name: 'a country, wherever its missions are', audience: { countries: ['MX'] }, has: (m) => m.country === 'MX' },
  { name: 'all embassies', audience: { kinds: ['embassy'] }, has: (m) => m.kind === 'embassy' },
  { name: 'a state', audience: { states: ['TX'] }, has: (m) => m.state === 'TX' },
  { name: 'an office with all its missions', audience: { offices: ['honolulu'] }, has: (m) => officeOf(m) === 'honolulu' },
  { name: 'both of Los Angeles', audience: { cities: ['Los Angeles, CA'] }, has: (m) => m.city === 'Los Angeles' && m.state === 'CA' },
  { name: 'a county', audience: { county_fips: ['17031'] }, has: (m) => m.county_fips === '17031' },
  { name: 'fields together: a country and a kind', audience: { countries: ['FR', 'DE'], kinds: ['consulate-general'] },
    has: (m) => ['FR', 'DE'].includes(m.country) && m.kind === 'consulate-general' },
  { name: 'a circle', audience: { circles: [{ center: [capitol.lon, capitol.lat], radius_km: 5 }] },
    has: (m) => distance(m, capitol) <= 5 },
  { name: 'an area', has: inBox, audience: { area: { type: 'Polygon', coordinates: [[[box.west, box.south], [box.east, box.south],
    [box.east, box.north], [box.west, box.north], [box.west, box.south]]] } } },
  { name: 'a threat level and what is above it', audience: { threat_level_at_least: 'high' },
    has: (m) => levels.indexOf(m.threat_level) >= levels.indexOf('high') },
  { name: 'any of two, except some', audience: { any_of: [{ states: ['TX'] }, { countries: ['MX'] }], except: { cities: ['Houston, TX'] } },
    has: (m) => (m.state === 'TX' || m.country === 'MX') && !(m.city === 'Houston' && m.state === 'TX') },
  { name: 'missions by name', audience: { missions: ['fr-chicago', 'mx-chicago'] }, has: (m) => ['fr-chicago', 'mx-chicago'].includes(m.mission) },
  { name: 'everyone, said in that word', audience: { everyone: true }, has: () => true },
];

scene('audiences on the sample roster mean whom they say', async (it, t) => {
  const d = await rostered(it, join(root, 'conf/roster'));
  const file = it.file('broadcast.json');
  for (const row of rows) {
    await t.test(row.name, async () => {
      writeFileSync(file, JSON.stringify(broadcast({ audience: row.audience })));
      const want = sample.filter(row.has);
      assert.ok(want.length > 0, 'the row means somebody');
      const { code, answer, stderr } = await preview(d, file, new Date().toISOString());
      assert.equal(code, 0, stderr);
      assert.deepEqual(ids(answer), want.map((m) => m.mission).sort());
      const expected = new Map(want.map((m) => [m.mission, officeOf(m)]));
      const wrong = answer.missions.filter((m) => expected.get(m.mission) !== m.office);
      assert.deepEqual(wrong.map((m) => [m.mission, m.office, expected.get(m.mission), m.office_because]), []);
      for (const m of answer.missions) assert.ok(m.because && m.office_because && m.duty, `${m.mission} has its reasons`);
    });
  }
});

const refusedRows = [
  { name: 'a bare city name that fits two states', audience: { cities: ['Portland'] }, says: /(?=.*Portland, ME)(?=.*Portland, OR)/s },
  { name: 'an empty audience', audience: {}, says: /audience/ },
  { name: 'an unknown city', audience: { cities: ['Atlantis, IL'] }, says: /Atlantis/ },
  { name: 'an unknown mission', audience: { missions: ['xx-nowhere'] }, says: /xx-nowhere/ },
  { name: 'an unknown member', audience: { city: ['Chicago, IL'] }, says: /city/ },
  { name: 'a list without anything in it', audience: { cities: [] }, says: /cities/ },
  { name: 'everyone: false', audience: { everyone: false }, says: /everyone/ },
];

scene('a target that cannot be meant is refused, and the reason says where', async (it, t) => {
  const d = await daemon(it);
  const portlands = [{ state: 'OR', lat: 45.52, lon: -122.68, county_fips: '41051' }, { state: 'ME', lat: 43.66, lon: -70.26, county_fips: '23005' }];
  await importRoster(d, chicago(3, (i, mission) => [{ email: `liaison@${mission}.example` }],
    (i) => (i > 1 ? { city: 'Portland', ...portlands[i - 2] } : {})));
  const file = it.file('broadcast.json');
  for (const row of refusedRows) {
    await t.test(row.name, async () => {
      const body = broadcast({ audience: row.audience });
      writeFileSync(file, JSON.stringify(body));
      const { code, stdout, stderr } = await d.ctl('preview', file, '--json');
      assert.notEqual(code, 0);
      assert.match(stdout + stderr, row.says);
      const r = await d.api.request('POST', '/v1/broadcasts', body);
      assert.equal(r.status, 422);
      assert.ok(r.json.faults.every((f) => f.place.startsWith('/audience')), r.text);
    });
  }
  assert.deepEqual((await d.api.read('/v1/broadcasts')).broadcasts, [], 'nothing was stored');
});

/* The calendar of one fixed week decides: 2026-11-23 is a Monday, 2026-11-26 is Thanksgiving. */
const dutyRows = [
  { at: '2026-11-23T09:30:00-06:00', duty: 'office:chicago', embassy: 'desk:pld', why: 'a working Monday' },
  { at: '2026-11-23T18:30:00-06:00', duty: 'desk:command-center', embassy: 'desk:command-center', why: 'after hours' },
  { at: '2026-11-26T10:00:00-06:00', duty: 'desk:command-center', embassy: 'desk:command-center', why: 'Thanksgiving' },
  { at: '2026-11-23T16:30:00-06:00', duty: 'office:chicago', embassy: 'desk:command-center', why: 'Chicago is open when Washington has closed' },
];

scene('the duty contact is that of the moment', async (it, t) => {
  const d = await rostered(it, join(root, 'conf/roster'));
  const file = it.file('broadcast.json');
  writeFileSync(file, JSON.stringify(broadcast({ audience: { any_of: [{ cities: ['Chicago, IL'] }, { missions: ['fr-washington'] }] } })));
  for (const row of dutyRows) {
    await t.test(row.why, async () => {
      const { code, answer, stderr } = await preview(d, file, row.at);
      assert.equal(code, 0, stderr);
      for (const m of answer.missions) assert.equal(m.duty, m.mission === 'fr-washington' ? row.embassy : row.duty, m.mission);
      const when = await d.ctl('when', 'chicago', '--at', row.at, '--json');
      assert.equal(JSON.parse(when.stdout).duty, row.duty);
      assert.equal(JSON.parse(when.stdout).changes.length, 10);
    });
  }
});
