#!/usr/bin/env node
// generate.mjs - truth tables of opening hours, made without any code or zone data of liaisond.
//
//   node generate.mjs           writes the tables beside this file
//   node generate.mjs --check   makes them again and fails where a byte differs
//
// The offsets from UTC are those of the ICU library inside node, asked through Intl.  Holidays are
// worked out from the text of 5 U.S.C. 6103.  Whether a place is open is asked of every single
// minute, so that there is no cleverness that could be wrong in the same way as the daemon's.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const folder = dirname(fileURLToPath(import.meta.url));

const weekdays = 'Mon-Fri 08:00-17:00';
const tables = [
  ...['America/New_York', 'America/Chicago', 'America/Denver', 'America/Detroit',
    'America/Los_Angeles', 'America/Phoenix', 'America/Puerto_Rico', 'Pacific/Honolulu',
    'Pacific/Guam'].map((zone) => ({ zone, hours: weekdays, calendar: true, first: 2024, last: 2040 })),
  { zone: 'America/New_York', suffix: '-dc-area', hours: weekdays, calendar: true, dc: true,
    first: 2024, last: 2040 },
  { zone: 'America/New_York', suffix: '-0130-0230', hours: 'Mon-Sun 01:30-02:30', first: 2026, last: 2027 },
  { zone: 'America/New_York', suffix: '-0200-0300', hours: 'Mon-Sun 02:00-03:00', first: 2026, last: 2027 },
  { zone: 'America/New_York', suffix: '-0015-2345', hours: 'Mon-Sun 00:15-23:45', first: 2026, last: 2027 },
];

const two = (n) => String(n).padStart(2, '0');
const isoMinute = (ms) => new Date(ms).toISOString().slice(0, 16) + 'Z';
const offsetText = (min) => (min < 0 ? '-' : '+') + two(Math.floor(Math.abs(min) / 60)) + ':' + two(Math.abs(min) % 60);

// ---- offsets -----------------------------------------------------------------------------------

function offsetAsker(zone) {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return (ms) => {
    const name = format.formatToParts(ms).find((part) => part.type === 'timeZoneName').value;
    const m = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name);
    if (!m) throw new Error(`${zone}: cannot read the offset "${name}"`);
    return m[1] ? (m[1] === '-' ? -1 : 1) * (Number(m[2]) * 60 + Number(m[3])) : 0;
  };
}

// [{ at, min }]: from that instant on, so many minutes east of UTC.  Looked at every six hours; a
// change in between is narrowed down to the minute.
function offsets(zone, from, to) {
  const ask = offsetAsker(zone);
  const list = [{ at: from, min: ask(from) }];
  for (let t = from; t < to; t += 6 * HOUR) {
    let low = t, high = t + 6 * HOUR;
    if (ask(high) === ask(low)) continue;
    while (high - low > MINUTE) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE) * MINUTE;
      if (ask(middle) === ask(low)) low = middle; else high = middle;
    }
    list.push({ at: high, min: ask(high) });
  }
  return list;
}

// ---- holidays ----------------------------------------------------------------------------------

const dayOf = (year, month, date) => Date.UTC(year, month - 1, date) / DAY;
const weekdayOf = (day) => new Date(day * DAY).getUTCDay(); // 0 is Sunday

function nthWeekday(year, month, weekday, nth) { // nth 0: the last
  const found = [];
  for (let date = 1; date <= new Date(Date.UTC(year, month, 0)).getUTCDate(); date++)
    if (weekdayOf(dayOf(year, month, date)) === weekday) found.push(dayOf(year, month, date));
  return nth ? found[nth - 1] : found[found.length - 1];
}

// Map of local day -> name.  A day that two laws close has the name of the first.
function holidays(first, last, dc) {
  const closed = new Map();
  const close = (day, name) => { if (!closed.has(day)) closed.set(day, name); };
  const observe = (day, name) => close(day + ({ 6: -1, 0: 1 }[weekdayOf(day)] ?? 0), name);
  for (let y = first - 1; y <= last + 1; y++) {
    observe(dayOf(y, 1, 1), "New Year's Day");
    close(nthWeekday(y, 1, 1, 3), 'Birthday of Martin Luther King, Jr.');
    if (dc && (y - 1965) % 4 === 0) {
      const day = dayOf(y, 1, 20);
      close(weekdayOf(day) === 0 ? day + 1 : day, 'Inauguration Day');
    }
    close(nthWeekday(y, 2, 1, 3), "Washington's Birthday");
    close(nthWeekday(y, 5, 1, 0), 'Memorial Day');
    if (y >= 2021) observe(dayOf(y, 6, 19), 'Juneteenth National Independence Day');
    observe(dayOf(y, 7, 4), 'Independence Day');
    close(nthWeekday(y, 9, 1, 1), 'Labor Day');
    close(nthWeekday(y, 10, 1, 2), 'Columbus Day');
    observe(dayOf(y, 11, 11), 'Veterans Day');
    close(nthWeekday(y, 11, 4, 4), 'Thanksgiving Day');
    observe(dayOf(y, 12, 25), 'Christmas Day');
  }
  return closed;
}

// ---- one table ---------------------------------------------------------------------------------

// Map of local day -> [[opens, shuts]] in ms, by asking every minute.  A spell belongs to the local
// day on which it opens; no spell here runs past midnight.
function spells(table, zoneOffsets, closed, from, to) {
  const [days, times] = table.hours.split(' ');
  const [opens, shuts] = times.split('-').map((t) => Number(t.slice(0, 2)) * 60 + Number(t.slice(3)));
  const kept = days === 'Mon-Sun' ? [0, 1, 2, 3, 4, 5, 6] : [1, 2, 3, 4, 5];
  const list = new Map();
  let open = false, current, at = 0;
  for (let t = from; t < to; t += MINUTE) {
    if (at + 1 < zoneOffsets.length && zoneOffsets[at + 1].at <= t) at++;
    const local = t / MINUTE + zoneOffsets[at].min;
    const day = Math.floor(local / 1440), minute = local - day * 1440;
    const now = minute >= opens && minute < shuts && kept.includes(weekdayOf(day)) && !closed.has(day);
    if (now && !open) {
      current = [t, null];
      if (!list.has(day)) list.set(day, []);
      list.get(day).push(current);
    } else if (!now && open) {
      current[1] = t;
    }
    open = now;
  }
  return list;
}

// "13:00Z", or "03:00Z+1" where the UTC date is not the local one.
function clock(ms, day) {
  const shift = Math.floor(ms / DAY) - day;
  return new Date(ms).toISOString().slice(11, 16) + 'Z' + (shift ? (shift > 0 ? '+' : '') + shift : '');
}

// "04-08 11-15 18": days of the month, runs joined.
function runs(dates) {
  const out = [];
  for (let i = 0; i < dates.length;) {
    let k = i;
    while (k + 1 < dates.length && dates[k + 1] === dates[k] + 1) k++;
    out.push(k > i ? `${two(dates[i])}-${two(dates[k])}` : two(dates[i]));
    i = k + 1;
  }
  return out.join(' ');
}

function month(year, m, list, closed) {
  const groups = new Map(), shut = [];
  const length = new Date(Date.UTC(year, m, 0)).getUTCDate();
  for (let date = 1; date <= length; date++) {
    const day = dayOf(year, m, date);
    if (closed.has(day)) shut.push(`${two(date)} ${closed.get(day)}`);
    const key = (list.get(day) ?? []).map(([a, b]) => `${clock(a, day)}..${clock(b, day)}`).join(' ');
    if (!key) continue;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(date);
  }
  const name = `${year}-${two(m)}`;
  const lines = [...groups].map(([key, dates]) => `open   ${name} ${key} on ${runs(dates)}`);
  return [...lines, ...shut.map((s) => `shut   ${name} ${s}`)];
}

function render(table) {
  const from = Date.UTC(table.first, 0, 1), to = Date.UTC(table.last + 1, 0, 1);
  const zoneOffsets = offsets(table.zone, from - 2 * DAY, to + 2 * DAY);
  const closed = table.calendar ? holidays(table.first, table.last, table.dc) : new Map();
  const list = spells(table, zoneOffsets, closed, from - 2 * DAY, to + 2 * DAY);
  const lines = [
    `# When a place in ${table.zone} is open, for the local days of ${table.first} to ${table.last}.`,
    '#',
    '# open MONTH SPELL… on DAYS: from the first time of a spell, up to but not including the second.',
    '#   Times are UTC; +1 and -1 are the UTC day after and before the local day that is named.',
    '# shut MONTH DAY HOLIDAY: closed all day.   clock INSTANT OFFSET to OFFSET: the local clock jumps.',
    '# Days that are not named are closed.  Made by generate.mjs; do not edit.',
    '',
    `zone ${table.zone}`,
    `hours ${table.hours}`,
    `calendar ${table.calendar ? 'us-federal' : 'none'}`,
    `dc-area ${table.dc ? 'yes' : 'no'}`,
    `years ${table.first} ${table.last}`,
  ];
  for (let year = table.first; year <= table.last; year++) {
    lines.push('');
    for (let i = 1; i < zoneOffsets.length; i++)
      if (new Date(zoneOffsets[i].at).getUTCFullYear() === year)
        lines.push(`clock  ${isoMinute(zoneOffsets[i].at)} ${offsetText(zoneOffsets[i - 1].min)} to ${offsetText(zoneOffsets[i].min)}`);
    for (let m = 1; m <= 12; m++) lines.push(...month(year, m, list, closed));
  }
  return lines.join('\n') + '\n';
}

const check = process.argv[2] === '--check';
const names = new Set();
let wrong = 0;
for (const table of tables) {
  const name = table.zone.replaceAll('/', '-') + (table.suffix ?? '') + '.txt';
  const text = render(table), path = join(folder, name);
  names.add(name);
  if (!check) {
    writeFileSync(path, text);
  } else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${name}: differs from what ICU ${process.versions.icu}, time zones ${process.versions.tz}, says`);
    wrong++;
  }
}
for (const name of readdirSync(folder).filter((n) => n.endsWith('.txt') && !names.has(n))) {
  console.error(`${name}: not made by generate.mjs`);
  wrong++;
}
process.exit(wrong ? 1 : 0);
