// POST to 201 for all 1,528 posts with two representatives each, beside Postfix that accepts 300 recipients.
import { bare, nowUs, receiver, row } from './bench.mjs';
import { tunedPostfix } from './contenders.mjs';
import { fanOut, liaisond } from './daemon.mjs';
import { mailboxes } from '../system/harness/roster.mjs';

const POSTS = 1528;
const ROUNDS = 5;
const RECIPIENTS = 300;

row('accept', async ({ it, tell }) => {
  const peer = await receiver(it);
  const d = await liaisond(it, { roster: mailboxes(POSTS), peer });
  const all = [];
  let bytes = 0;
  let count = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const f = await fanOut(d, peer);
    all.push(f.accept);
    ({ bytes, count } = f);
  }
  await d.stop();
  const postfix = await tunedPostfix(it, peer);
  const theirs = [];
  for (let i = 0; i < ROUNDS; i++) {
    await peer.ask('reset');
    const [f] = await bare('bench_smtp', ['--pipelining', '--port', postfix.port, '--count', RECIPIENTS, '--per-transaction',
      RECIPIENTS, '--connections', 1, '--bytes', bytes, '--run', `a${nowUs()}`]);
    theirs.push(f.wall_us / 1000);
    await peer.wait(RECIPIENTS);
  }
  const median = (a) => a.sort((x, y) => x - y)[Math.floor(a.length / 2)];
  tell('notifications of the broadcast', count, '');
  tell('liaisond: 201 after', median(all), 'ms');
  tell(`Postfix: ${RECIPIENTS} recipients of one mail after`, median(theirs), 'ms');
  tell("share of Postfix's time", median(all) / median(theirs), 'x', { most: 1 });
});
