// Receivers that do not keep to any protocol, on sockets of their own.
import net from 'node:net';
import tls from 'node:tls';

/** A server of raw sockets; serve(socket) is called for each.  Answers { port, heard, connections }. */
export async function raw(it, serve, { host = '127.0.0.1', secure } = {}) {
  const open = new Set();
  const peer = { heard: '', connections: 0 };
  const take = (socket) => {
    peer.connections += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
    socket.on('data', (d) => { peer.heard += d.toString('latin1'); });
    serve(socket);
  };
  const server = secure ? tls.createServer(secure, take) : net.createServer(take);
  server.on('tlsClientError', () => {});
  await new Promise((resolve) => server.listen(0, host, resolve));
  it.defer(() => { server.close(); open.forEach((s) => s.destroy()); });
  peer.port = server.address().port;
  return peer;
}

/** Writes text again and again, as fast as it is taken. */
function flood(socket, text) {
  const block = text.repeat(Math.ceil(16384 / text.length));
  const more = () => { while (!socket.destroyed && socket.write(block)); };
  socket.on('drain', more);
  more();
}

/** A byte a second. */
function trickle(socket, text) {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length]), 1000);
  socket.write(text[at++]);
  socket.on('close', () => clearInterval(timer));
}

const first = (fn) => (socket) => socket.once('data', () => fn(socket));

/** What a web server may do instead of answering. */
export const web = {
  'headers without an end': first((s) => { s.write('HTTP/1.1 200 OK\r\n'); flood(s, `X-Filler: ${'x'.repeat(1000)}\r\n`); }),
  'a status line without an end': first((s) => { s.write('HTTP/1.1 200 '); flood(s, 'x'); }),
  'a 503 with a body without an end': first((s) => { s.write('HTTP/1.1 503 Busy\r\n\r\n'); flood(s, 'body '); }),
  'one byte a second': first((s) => trickle(s, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')),
  garbage: first((s) => s.end(Buffer.from([0, 1, 255, 254, 27, 91, 50, 74, 13, 10, 0, 128]))),
  'a 100 that nothing follows': first((s) => s.write('HTTP/1.1 100 Continue\r\n\r\n')),
  'the preface of HTTP/2': first((s) => s.end('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')),
  'an answer before the question, then a reset': (s) => { s.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'); s.resetAndDestroy(); },
  silence: () => {},
  'a closed door': (s) => s.destroy(),
  'a redirect to a huge address': first((s) => s.end(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/${'x'.repeat(25_000)}\r\nContent-Length: 0\r\n\r\n`)),
};

/**
 * A relay that says lines[COMMAND] to a command, GREETING first and BODY after the message; a function
 * there is given the socket instead.
 */
export const relay = (lines, secure) => (plain) => {
  const usual = { GREETING: '220 peer ESMTP', EHLO: secure ? '250-peer\r\n250 STARTTLS' : '250 peer', MAIL: '250 Ok', RCPT: '250 Ok',
    DATA: '354 go', BODY: '250 2.0.0 Ok: taken', QUIT: '221 bye', STARTTLS: '220 go' };
  const speak = (socket, greet, all) => {
    let text = '';
    let body = false;
    const say = (command) => {
      const line = all[command] ?? '502 what?';
      if (typeof line === 'function') line(socket);
      else socket.write(`${line}\r\n`);
    };
    if (greet) say('GREETING');
    socket.on('data', (d) => {
      text += d.toString('latin1');
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (body && line !== '.') continue;
        const command = body ? 'BODY' : line.split(' ')[0].toUpperCase();
        body = command === 'DATA' && String(all.DATA).startsWith('354');
        say(command);
        if (command === 'STARTTLS' && secure) {
          socket.removeAllListeners('data');
          const inner = secure(socket);
          inner.on('error', () => {});
          speak(inner, false, { ...all, EHLO: '250 peer' });
          return;
        }
      }
    });
  };
  speak(plain, true, { ...usual, ...lines });
};

/** What a relay may say instead. */
export const odd = {
  endless: (s) => flood(s, '250-and more\r\n'),
  trickling: (s) => trickle(s, '250-slow\r\n'),
  garbage: (s) => s.write(Buffer.from([1, 255, 27, 91, 50, 74, 13, 10, 128])),
  nul: (s) => s.write(Buffer.from('2\0 20 pe\0er\r\n\0\0\0', 'latin1')),
  close: (s) => s.destroy(),
};
