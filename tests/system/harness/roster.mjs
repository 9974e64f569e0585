// Rosters and broadcasts that are made up for a test, and the CSV they travel in.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './scene.mjs';

const MISSION = ['mission', 'country', 'name', 'kind', 'street', 'city', 'state', 'zip', 'lat', 'lon', 'timezone',
  'county_fips', 'threat_level', 'office', 'origin'];
const REPRESENTATIVE = ['mission', 'rank', 'name', 'language', 'email', 'phone', 'webhook', 'exercises', 'valid_from',
  'valid_to'];

const quote = (v) => (/[",\n]/.test(v) ? `"${v.replaceAll('"', '""')}"` : v);
const csv = (columns, rows) => [columns, ...rows.map((r) => columns.map((c) => String(r[c] ?? '')))]
  .map((r) => r.map(quote).join(',')).join('\n').concat('\n');

/**
 * n consulates in Chicago, m-0001 on.  representatives(i) answers the rows of mission i (from 1), each with what
 * differs from an English-speaking one without any endpoint; place(i) what differs about the mission.
 */
export function chicago(n, representatives, place = () => ({})) {
  const missions = [];
  const people = [];
  for (let i = 1; i <= n; i++) {
    const mission = `m-${String(i).padStart(4, '0')}`;
    missions.push({ mission, country: 'FR', name: `Consulate ${i}`, kind: 'consulate', city: 'Chicago', state: 'IL',
      zip: '60604', lat: '41.8781', lon: '-87.6291', timezone: 'America/Chicago', county_fips: '17031',
      threat_level: 'low', origin: 'synthetic', ...place(i) });
    representatives(i, mission).forEach((r, k) => people.push({ mission, rank: k + 1, name: `Liaison ${i}.${k + 1}`,
      language: 'en', exercises: 'yes', valid_from: '2024-01-01', ...r }));
  }
  return { missions: csv(MISSION, missions), representatives: csv(REPRESENTATIVE, people), people };
}

/** Two mailboxes a mission: liaison1@m-0001.example and so on. */
export const mailboxes = (n, per = 2) => chicago(n, (i, mission) =>
  Array.from({ length: per }, (_, k) => ({ email: `liaison${k + 1}@${mission}.example` })));

let count = 0;

/** A broadcast to everybody, sent now. */
export function broadcast(overrides = {}) {
  count += 1;
  const now = new Date();
  return {
    identifier: `TEST-${process.pid}-${count}`,
    sender: 'pld-duty@dss.example',
    sent: now.toISOString(),
    status: 'actual',
    type: 'alert',
    urgency: 'immediate',
    severity: 'severe',
    certainty: 'likely',
    expires: new Date(now.getTime() + 3600_000).toISOString(),
    messages: [{ language: 'en', headline: 'Streets closed downtown', description: 'Use the northern entrance.' }],
    audience: { everyone: true },
    ...overrides,
  };
}

/** Rows of a CSV text as objects. */
export function parseCsv(text) {
  const rows = [];
  let row = [''];
  let quoted = false;
  for (let i = text.charCodeAt(0) === 0xfeff ? 1 : 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') row[row.length - 1] += text[++i];
      else if (c === '"') quoted = false;
      else row[row.length - 1] += c;
    } else if (c === '"') quoted = true;
    else if (c === ',') row.push('');
    else if (c === '\n') { rows.push(row); row = ['']; } else if (c !== '\r') row[row.length - 1] += c;
  }
  const [head, ...rest] = rows;
  return rest.map((r) => Object.fromEntries(head.map((name, i) => [name, r[i]])));
}

/** The texts of a folder with missions.csv and representatives.csv. */
export function rosterOf(folder) {
  const read = (name) => readFileSync(join(folder, name), 'utf8');
  return { missions: read('missions.csv'), representatives: read('representatives.csv') };
}

export const sampleRoster = () => rosterOf(join(root, 'conf/roster'));
