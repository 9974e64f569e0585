// The page on which a representative answers, in a real browser: what a person sees and does, and what
// a scanner may do without changing anything.  SHOTS names a folder for pictures of every page.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { asking, unchanged, wrongCode } from './harness/asking.mjs';
import { broadcast, chicago } from './harness/roster.mjs';
import { scene } from './harness/scene.mjs';

const PHONE = { width: 360, height: 640 };
const TEXTS = {
  en: ['Streets closed downtown', 'Use the northern entrance.'],
  ar: ['إغلاق شوارع وسط المدينة', 'استخدموا المدخل الشمالي.'],
  es: ['Calles cerradas en el centro', 'Utilice la entrada norte.'],
};
const messages = Object.entries(TEXTS).map(([language, [headline, description]]) => ({ language, headline, description }));
const speaking = (...languages) => chicago(languages.length, (i, mission) => [{ email: `liaison1@${mission}.example`, language: languages[i - 1] }],
  (i) => ({ name: i === 1 ? 'Consulate General of a Country With a Name That Takes Its Space on a Small Screen' : `Consulate ${i}` }));

let browser; // one for all scenes: each gets contexts of its own
after(() => browser?.close());
const launch = async () => {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  return browser;
};

/** A page of a fresh browser context; complaints of the browser (a refused style, say) fail the scene. */
async function visitor(it, options = {}) {
  const context = await (await launch()).newContext({ viewport: PHONE, ...options });
  const page = await context.newPage();
  const complaints = [], requests = [];
  page.on('console', (m) => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && complaints.push(m.text()));
  page.on('pageerror', (e) => complaints.push(e.message));
  page.on('request', (r) => requests.push(r));
  it.defer(async () => {
    await context.close();
    assert.deepEqual(complaints, [], 'the browser complained');
  });
  return { page, requests, picture: (name) => process.env.SHOTS && page.screenshot({ path: shot(name), fullPage: true }) };
}

function shot(name) {
  mkdirSync(process.env.SHOTS, { recursive: true });
  return join(process.env.SHOTS, `${name}.png`);
}

const mission = (i) => `liaison1@m-000${i}.example`;
const code = (page) => page.locator('input[name=code]');
const choose = (page, answer) => page.locator(`input[name=answer][value=${answer}]`).check();
const submit = (page) => page.locator('button[type=submit], input[type=submit]').click();

/** Nothing sticks out to the side, and what is to be touched is large enough for a thumb. */
async function fits(page) {
  const { wide, screen, small } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    screen: window.innerWidth,
    small: [...document.querySelectorAll('button, input:not([type=radio]):not([type=hidden]), textarea')]
      .map((e) => [e.name || e.type, e.getBoundingClientRect().height]).filter(([, height]) => height < 40),
  }));
  assert.ok(wide <= screen, `${wide} px wide on a screen of ${screen} px`);
  assert.deepEqual(small, []);
}

scene('link, wrong code, right code: on a small screen, with nothing fetched from anywhere else', async (it) => {
  const a = await asking(it, speaking('en'));
  const { id } = await a.send(broadcast({ messages }));
  const mail = a.mailTo(mission(1));
  const { page, requests, picture } = await visitor(it);

  await unchanged(a, id, 'following the link', async () => {
    assert.equal((await page.goto(mail.url)).status(), 200);
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
    assert.ok((await page.textContent('body')).includes(TEXTS.en[0]));
    await fits(page);
    await picture('1-link');
  });
  await unchanged(a, id, 'a wrong code', async () => {
    await code(page).fill(wrongCode(mail.code));
    await choose(page, 'need-assistance');
    await page.locator('textarea[name=note]').fill('A crowd at the gate');
    await submit(page);
    assert.equal(await page.inputValue('textarea[name=note]'), 'A crowd at the gate', 'what was typed is not lost');
    assert.ok(await page.isChecked('input[value=need-assistance]'));
    await fits(page);
    await picture('2-wrong-code');
  });
  await code(page).fill(`${mail.code.slice(0, 3)} ${mail.code.slice(3)}`);
  await submit(page);
  assert.equal((await a.coverage(id)).covered, 1);
  const { answers } = await a.obligation(id, 'm-0001/1');
  assert.deepEqual(answers.map((x) => [x.answer, x.note]), [['need-assistance', 'A crowd at the gate']]);
  await fits(page);
  await picture('3-answered');
  await unchanged(a, id, 'loading the answer again', () => page.goto(mail.url));
  await picture('4-again');
  assert.deepEqual([...new Set(requests.map((r) => new URL(r.url()).origin))], [new URL(mail.url).origin]);
  assert.ok(requests.every((r) => r.resourceType() === 'document' || /favicon/.test(r.url())), 'a page is one document');
  assert.ok(requests.every((r) => !r.headers().referer || !r.headers().referer.includes('/a/')), 'the link goes nowhere else');
});

scene('the right code without an answer records nothing, and the page says so', async (it) => {
  const a = await asking(it, speaking('en'));
  const { id } = await a.send(broadcast({ messages }));
  const mail = a.mailTo(mission(1));
  const { page, picture } = await visitor(it);
  await page.goto(mail.url);
  await unchanged(a, id, 'a form without an answer', async () => {
    await page.evaluate(() => document.querySelectorAll('form').forEach((f) => { f.noValidate = true; }));
    await code(page).fill(mail.code);
    await page.evaluate(() => document.querySelectorAll('input[type=radio]').forEach((r) => { r.checked = false; }));
    await submit(page);
    await picture('5-no-answer');
  });
  assert.match(await page.textContent('body'), /Nothing has been recorded/);
  assert.equal(await page.inputValue('input[name=code]'), '', 'a code is typed each time');
});

scene('everything works without script', async (it) => {
  const a = await asking(it, speaking('es'));
  const { id } = await a.send(broadcast({ messages }));
  const mail = a.mailTo(mission(1));
  const { page, picture } = await visitor(it, { javaScriptEnabled: false });
  await page.goto(mail.url);
  assert.ok((await page.textContent('body')).includes(TEXTS.es[0]));
  assert.equal(await page.locator('script').count(), 0);
  await code(page).fill(mail.code);
  await choose(page, 'understood');
  await submit(page);
  assert.equal((await a.coverage(id)).covered, 1);
  await picture('6-no-script');
});

scene('a right-to-left reader gets a right-to-left page', async (it) => {
  const a = await asking(it, speaking('ar'));
  const { id } = await a.send(broadcast({ messages }));
  const mail = a.mailTo(mission(1));
  const { page, picture } = await visitor(it);
  await page.goto(mail.url);
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, getComputedStyle(document.body).direction]), ['ar', 'rtl']);
  assert.ok((await page.textContent('body')).includes(TEXTS.ar[0]));
  const [headline, screen] = await page.evaluate((text) => {
    const node = [...document.querySelectorAll('h1, h2, p')].find((e) => e.textContent.includes(text));
    const range = document.createRange();
    range.selectNodeContents(node);
    return [range.getBoundingClientRect().right, window.innerWidth];
  }, TEXTS.ar[0]);
  assert.ok(screen - headline < 60, 'it begins at the right');
  await fits(page);
  await picture('7-arabic');
  await code(page).fill([...mail.code].map((d) => String.fromCharCode(0x660 + Number(d))).join(''));
  await choose(page, 'understood');
  await submit(page);
  assert.equal((await a.coverage(id)).covered, 1, 'digits of an Arabic keyboard are digits');
  await picture('8-arabic-answered');
});

scene('a scanner that follows every link and submits every form changes nothing and locks nobody out', async (it) => {
  const a = await asking(it, speaking('en', 'es'));
  const { id } = await a.send(broadcast({ messages }));
  const mails = [1, 2].map((i) => a.mailTo(mission(i)));
  const { page } = await visitor(it, { ignoreHTTPSErrors: true });
  await unchanged(a, id, 'the scanner', async () => {
    for (const mail of mails) {
      const links = [...mail.html.matchAll(/href="([^"]+)"/g)].map((m) => m[1]).filter((u) => u.startsWith(a.base));
      assert.ok(links.includes(mail.url));
      for (const filling of ['as it is', 'every field', ...Array(6).fill('every choice')]) {
        await page.setExtraHTTPHeaders(a.from()); // a scanner has many machines
        await scan(page, links, filling);
      }
    }
  });
  for (const [i, mail] of mails.entries()) {
    assert.equal((await a.post(mail.path, { code: mail.code, answer: 'understood' }, a.from())).status, 200, `mission ${i + 1} is not locked out`);
  }
  assert.equal((await a.coverage(id)).covered, 2);
});

/** Follows links to the end, and submits each form it finds once, without knowing any code. */
async function scan(page, links, filling) {
  const seen = new Set(), queue = [...links];
  while (queue.length > 0 && seen.size < 20) {
    const url = queue.shift();
    if (seen.has(url)) continue;
    seen.add(url);
    await page.goto(url);
    queue.push(...await page.evaluate(() => [...document.querySelectorAll('a[href]')].map((l) => l.href).filter((h) => h.startsWith(location.origin))));
    for (let i = 0, forms = await page.locator('form').count(); i < forms; i++) {
      await page.goto(url);
      await Promise.all([page.waitForEvent('load'), page.evaluate(([index, how]) => {
        const form = document.querySelectorAll('form')[index];
        if (how !== 'as it is') form.querySelectorAll('input:not([type=radio]), textarea').forEach((f) => { f.value = 'test'; });
        if (how === 'every choice') form.querySelectorAll('input[type=radio]').forEach((r) => { r.checked = true; });
        form.submit(); // past what the browser would ask for
      }, [i, filling])]);
    }
  }
}

scene('a link that is no longer good says so in the reader\'s language', async (it) => {
  const a = await asking(it, speaking('en'));
  const { page, picture } = await visitor(it, { locale: 'ar' });
  const r = await page.goto(`${a.base}/a/${'A'.repeat(22)}`);
  assert.equal(r.status(), 404);
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), ['ar', 'rtl']);
  await fits(page);
  await picture('9-unknown');
});
