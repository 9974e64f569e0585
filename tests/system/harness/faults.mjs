// A disk that fails or is slow and a clock that is stepped, for one daemon, while it runs.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';

const SIZE = 272; // struct faults of parts/faults.c
export const ERRNO = { EIO: 5, ENOSPC: 28, EROFS: 30 };

/** env goes to the daemon; the rest is told while it runs. */
export function faults(it) {
  const file = it.file('faults');
  const state = { clock: 0, error: 0, slow: 0, under: '' };
  writeFileSync(file, Buffer.alloc(SIZE));
  const tell = (change) => {
    Object.assign(state, change);
    const bytes = Buffer.alloc(SIZE);
    bytes.writeBigInt64LE(BigInt(state.clock), 0);
    bytes.writeInt32LE(state.error, 8);
    bytes.writeInt32LE(state.slow, 12);
    bytes.write(state.under, 16);
    const fd = openSync(file, 'r+');
    writeSync(fd, bytes, 0, SIZE, 0);
    closeSync(fd);
  };
  return {
    env: {
      FAULTS: file,
      LD_PRELOAD: process.env.LIAISOND_FAULTS,
      ASAN_OPTIONS: [process.env.ASAN_OPTIONS, 'verify_asan_link_order=0'].filter(Boolean).join(':'),
    },
    /** Files whose path begins with under cannot be written: name is one of ERRNO. */
    breaks: (name, under) => tell({ error: ERRNO[name], under }),
    slows: (ms, under) => tell({ slow: ms, under }),
    heals: () => tell({ error: 0, slow: 0 }),
    /** The wall clock is off by so much from now on. */
    clock: (ms) => tell({ clock: ms }),
  };
}
