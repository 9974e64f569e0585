#include "memory_files.h"

#include <string.h>

#define MAX_PATH 1024

struct memory_handle {
    sqlite3_file base; /* first: SQLite's view of it */
    struct memory_disk *disk;
    struct memory_file *file; /* owned reference */
    unsigned life;
    int lock;
    bool delete_on_close;
};

static const int usual_code[MEMORY_OPS] = {
    [MEMORY_OPEN] = SQLITE_CANTOPEN,       [MEMORY_READ] = SQLITE_IOERR_READ,
    [MEMORY_WRITE] = SQLITE_IOERR_WRITE,   [MEMORY_TRUNCATE] = SQLITE_IOERR_TRUNCATE,
    [MEMORY_SYNC] = SQLITE_IOERR_FSYNC,    [MEMORY_SIZE] = SQLITE_IOERR_FSTAT,
    [MEMORY_DELETE] = SQLITE_IOERR_DELETE, [MEMORY_ACCESS] = SQLITE_IOERR_ACCESS,
    [MEMORY_LOCK] = SQLITE_IOERR_LOCK,
};

/* --- which operation fails --- */

static bool counts_down(uint64_t *in)
{
    return *in && --*in == 0;
}

static int planned_failure(struct memory_faults *f, enum memory_op op)
{
    if (f->fail_ops && !(f->fail_ops & 1u << op))
        return SQLITE_OK;
    if (!counts_down(&f->fail_in))
        return SQLITE_OK;
    if (f->fail_times > 1) { /* the next one too */
        f->fail_in = 1;
        f->fail_times--;
    }
    return f->fail_code ? f->fail_code : usual_code[op];
}

/* SQLITE_OK: the operation may go on. */
static int gate(struct memory_disk *d, enum memory_op op, const char *path)
{
    struct memory_faults *f = &d->faults;
    if (d->crashed)
        return usual_code[op];
    d->operations[op]++;
    d->operations[MEMORY_OPS]++;
    if (counts_down(&f->crash_in))
        d->crashed = true;
    int rc = f->before && !d->crashed ? f->before(op, path, f->ctx) : SQLITE_OK;
    if (d->crashed)
        rc = usual_code[op];
    if (rc == SQLITE_OK)
        rc = planned_failure(f, op);
    f->given += rc != SQLITE_OK;
    return rc;
}

static struct memory_handle *handle_of(sqlite3_file *file)
{
    return (struct memory_handle *)file;
}

static bool is_dead(const struct memory_handle *h)
{
    return h->life != h->disk->life;
}

static int enter(struct memory_handle *h, enum memory_op op)
{
    return is_dead(h) ? usual_code[op] : gate(h->disk, op, h->file->path);
}

/* --- files --- */

static void let_go(struct memory_handle *h, int level)
{
    struct memory_file *f = h->file;
    if (is_dead(h) || h->lock <= level)
        return;
    if (f->writer == h) {
        f->writer = NULL;
        f->exclusive = false;
    }
    if (level == SQLITE_LOCK_NONE)
        f->readers--;
    h->lock = level;
}

static int vfs_close(sqlite3_file *file)
{
    struct memory_handle *h = handle_of(file);
    let_go(h, SQLITE_LOCK_NONE);
    if (h->delete_on_close && !is_dead(h) && !h->disk->crashed)
        memory_change(h->disk, CHANGE_DELETE, h->file->path, 0, NULL, 0);
    memory_file_unref(h->file);
    return SQLITE_OK;
}

static int vfs_read(sqlite3_file *file, void *out, int n, sqlite3_int64 offset)
{
    struct memory_handle *h = handle_of(file);
    int rc = enter(h, MEMORY_READ);
    if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
        return rc;
    int64_t there = MAX(0, MIN(n, (int64_t)h->file->now->len - offset));
    if (rc == SQLITE_IOERR_SHORT_READ)
        there /= 2;
    if (there)
        memcpy(out, h->file->now->data + offset, (size_t)there);
    memset((char *)out + there, 0, (size_t)(n - there));
    return there < n ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static bool is_full(const struct memory_handle *h, int64_t end)
{
    int64_t grows = end - (int64_t)h->file->now->len;
    return h->disk->faults.capacity && grows > 0 &&
           memory_disk_size(h->disk) + grows > h->disk->faults.capacity;
}

/* The write at which the power goes is begun: the crash decides how much of it is left. */
static int vfs_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
    struct memory_handle *h = handle_of(file);
    bool was_crashed = h->disk->crashed || is_dead(h);
    int rc = enter(h, MEMORY_WRITE);
    if (was_crashed)
        return rc;
    if (rc == SQLITE_OK && h->disk->faults.read_only)
        return SQLITE_IOERR_WRITE;
    if (rc == SQLITE_OK && is_full(h, offset + n))
        rc = SQLITE_FULL;
    int done = rc == SQLITE_OK || h->disk->crashed ? n : n / 2;
    if (done)
        memory_change(h->disk, CHANGE_WRITE, h->file->path, offset, bytes, (size_t)done);
    return rc;
}

static int vfs_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct memory_handle *h = handle_of(file);
    int rc = enter(h, MEMORY_TRUNCATE);
    if (rc == SQLITE_OK && h->disk->faults.read_only)
        rc = SQLITE_IOERR_TRUNCATE;
    if (rc == SQLITE_OK)
        memory_change(h->disk, CHANGE_TRUNCATE, h->file->path, size, NULL, 0);
    return rc;
}

static int vfs_sync(sqlite3_file *file, int flags)
{
    struct memory_handle *h = handle_of(file);
    int rc = enter(h, MEMORY_SYNC);
    (void)flags;
    if (rc == SQLITE_OK)
        memory_change(h->disk, CHANGE_SYNC, h->file->path, 0, NULL, 0);
    else if (!is_dead(h) && !h->disk->crashed)
        memory_change(h->disk, CHANGE_SYNC_FAILED, h->file->path, 0, NULL, 0);
    return rc;
}

static int vfs_size(sqlite3_file *file, sqlite3_int64 *size)
{
    struct memory_handle *h = handle_of(file);
    *size = h->file->now->len;
    return enter(h, MEMORY_SIZE);
}

/* --- locks: many readers, one who will write, and in the end that one alone --- */

static int take_shared(struct memory_handle *h)
{
    if (h->file->exclusive)
        return SQLITE_BUSY;
    h->file->readers++;
    h->lock = SQLITE_LOCK_SHARED;
    return SQLITE_OK;
}

static int vfs_lock(sqlite3_file *file, int level)
{
    struct memory_handle *h = handle_of(file);
    struct memory_file *f = h->file;
    if (h->lock >= level)
        return SQLITE_OK;
    int rc = enter(h, MEMORY_LOCK);
    if (rc != SQLITE_OK)
        return rc;
    if (level == SQLITE_LOCK_SHARED)
        return take_shared(h);
    if (f->writer && f->writer != h)
        return SQLITE_BUSY;
    f->writer = h;
    h->lock = SQLITE_LOCK_RESERVED;
    if (level < SQLITE_LOCK_EXCLUSIVE)
        return SQLITE_OK;
    f->exclusive = true; /* nobody new comes in while it waits for the others to leave */
    h->lock = f->readers > 1 ? SQLITE_LOCK_PENDING : SQLITE_LOCK_EXCLUSIVE;
    return f->readers > 1 ? SQLITE_BUSY : SQLITE_OK;
}

static int vfs_unlock(sqlite3_file *file, int level)
{
    let_go(handle_of(file), level);
    return SQLITE_OK;
}

static int vfs_reserved(sqlite3_file *file, int *out)
{
    *out = handle_of(file)->file->writer != NULL;
    return SQLITE_OK;
}

static int vfs_control(sqlite3_file *file, int op, void *arg)
{
    (void)file;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

/* These two as the system's VFS answers. */
static int vfs_sector(sqlite3_file *file)
{
    (void)file;
    return 4096;
}

static int vfs_device(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods io_methods = {
    .iVersion = 1, /* no shared memory */
    .xClose = vfs_close,
    .xRead = vfs_read,
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = vfs_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_reserved,
    .xFileControl = vfs_control,
    .xSectorSize = vfs_sector,
    .xDeviceCharacteristics = vfs_device,
};

/* --- names --- */

static struct memory_disk *disk_of(sqlite3_vfs *vfs)
{
    return (struct memory_disk *)vfs;
}

static int find_or_make(struct memory_disk *d, const char *path, int flags)
{
    if (memory_file_of(d, path))
        return SQLITE_OK;
    if (d->faults.read_only || !(flags & (SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB)))
        return SQLITE_CANTOPEN;
    if (flags & SQLITE_OPEN_MAIN_DB)
        memory_make_main(d, path);
    else
        memory_change(d, CHANGE_MAKE, path, 0, NULL, 0);
    return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out)
{
    struct memory_disk *d = disk_of(vfs);
    struct memory_handle *h = handle_of(file);
    g_autofree char *passing = path ? NULL : g_strdup_printf("passing-%u", d->passing++);
    memset(h, 0, sizeof *h);
    int rc = gate(d, MEMORY_OPEN, path ? path : passing);
    if (rc == SQLITE_OK)
        rc = find_or_make(d, path ? path : passing, flags);
    if (rc != SQLITE_OK)
        return rc;
    h->base.pMethods = &io_methods;
    h->disk = d;
    h->life = d->life;
    h->file = memory_file_ref(memory_file_of(d, path ? path : passing));
    h->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
    if (out && d->faults.read_only)
        *out = (flags & ~SQLITE_OPEN_READWRITE) | SQLITE_OPEN_READONLY;
    else if (out)
        *out = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_names)
{
    struct memory_disk *d = disk_of(vfs);
    int rc = gate(d, MEMORY_DELETE, path);
    if (rc != SQLITE_OK)
        return rc;
    if (!memory_file_of(d, path))
        return SQLITE_IOERR_DELETE_NOENT;
    if (d->faults.read_only)
        return SQLITE_IOERR_DELETE;
    memory_change(d, CHANGE_DELETE, path, 0, NULL, 0);
    if (sync_names)
        memory_change(d, CHANGE_SYNC_NAMES, path, 0, NULL, 0);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
    struct memory_disk *d = disk_of(vfs);
    const struct memory_file *f = memory_file_of(d, path);
    *out = f && f->now->len && (flags == SQLITE_ACCESS_EXISTS || !d->faults.read_only);
    return gate(d, MEMORY_ACCESS, path);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int n, char *out)
{
    (void)vfs;
    return g_strlcpy(out, path, (gsize)n) < (gsize)n ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_randomness(sqlite3_vfs *vfs, int n, char *out)
{
    for (int i = 0; i < n; i++)
        out[i] = (char)memory_roll(&disk_of(vfs)->dice);
    return n;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

static int vfs_time(sqlite3_vfs *vfs, double *julian_day)
{
    (void)vfs;
    *julian_day = 2456125.0;
    return SQLITE_OK;
}

void memory_vfs_init(struct memory_disk *d)
{
    static unsigned disks;
    g_snprintf(d->name, sizeof d->name, "memory-%u", disks++);
    d->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(struct memory_handle),
        .mxPathname = MAX_PATH,
        .zName = d->name,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
    };
}

/* SQLite draws its random numbers anew, from this disk. */
void memory_disk_use(struct memory_disk *d)
{
    sqlite3_vfs_register(d ? &d->vfs : sqlite3_vfs_find("unix"), 1);
    sqlite3_randomness(0, NULL);
}
