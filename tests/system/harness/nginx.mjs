// A real nginx that speaks TLS in front of a backend of ours, which keeps what it was sent.
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { answers, freePort, Part, poll } from './scene.mjs';

/**
 * A backend: handlers by first path segment, (request, response, hit) each; others answer 204.  hits
 * has { path, headers, body, at } of every request that arrived, at in milliseconds.
 */
export async function backend(it, handlers = {}) {
  const hits = [];
  const open = new Set();
  const watchers = new Set();
  const server = http.createServer((req, res) => {
    let body = '';
    const at = Date.now();
    req.setEncoding('utf8').on('data', (d) => { body += d; });
    req.on('error', () => {});
    req.on('end', () => {
      const hit = { path: req.url, headers: req.headers, body, at };
      hits.push(hit);
      const handler = handlers[req.url.split('/')[1]];
      if (handler) handler(req, res, hit);
      else res.writeHead(204).end();
      for (const fn of [...watchers]) fn();
    });
  });
  server.on('connection', (socket) => { open.add(socket); socket.on('close', () => open.delete(socket)); });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  it.defer(() => { server.close(); open.forEach((s) => s.destroy()); });
  return { port: server.address().port, hits, of: (path) => hits.filter((h) => h.path.startsWith(path)) };
}

/** tls: { cert, key }; to: the backend's port.  Answers { https, http }: ports with and without TLS. */
export async function nginx(it, { tls, to }) {
  const dir = it.file('nginx');
  mkdirSync(dir);
  const [https, plain] = [await freePort(), await freePort()];
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${dir}/${n};`).join(' ');
  const user = process.getuid() === 0 ? 'user root;' : '';
  writeFileSync(`${dir}/nginx.conf`, `
    ${user} daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
    events { worker_connections 512; }
    http {
      access_log off; ${temp}
      upstream backend { server 127.0.0.1:${to}; keepalive 32; }
      server {
        listen 127.0.0.1:${https} ssl; listen 127.0.0.1:${plain};
        server_name localhost;
        ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key}; ssl_protocols TLSv1.2 TLSv1.3;
        location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /moved/ { return 302 https://localhost:${https}/elsewhere; }
      }
    }`);
  const part = new Part(it, 'nginx', 'nginx', ['-p', dir, '-e', `${dir}/error.log`, '-c', `${dir}/nginx.conf`]);
  it.defer(() => part.stop());
  await poll(20_000, 'nginx listens', () => {
    if (part.over !== undefined) throw new Error(`nginx ended: ${part.lines.join('\n')}`);
    return answers(https);
  });
  return { https, http: plain };
}
