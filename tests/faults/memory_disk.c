#include "memory_files.h"

#include <string.h>

#define SECTOR 512

struct memory_file *memory_file_ref(struct memory_file *f)
{
    f->refs++;
    return f;
}

void memory_file_unref(struct memory_file *f)
{
    if (--f->refs)
        return;
    g_free(f->path);
    g_byte_array_unref(f->now);
    g_byte_array_unref(f->durable);
    g_free(f);
}

static struct memory_file *file_new(const char *path)
{
    struct memory_file *f = g_new0(struct memory_file, 1);
    f->refs = 1;
    f->path = g_strdup(path);
    f->now = g_byte_array_new();
    f->durable = g_byte_array_new();
    return f;
}

static void change_free(struct memory_change *c)
{
    g_free(c->path);
    g_clear_pointer(&c->bytes, g_bytes_unref);
    g_clear_pointer(&c->file, memory_file_unref);
    g_free(c);
}

static GHashTable *names_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                 (GDestroyNotify)memory_file_unref);
}

static void name(GHashTable *names, struct memory_file *f)
{
    g_hash_table_insert(names, g_strdup(f->path), memory_file_ref(f));
}

struct memory_file *memory_file_of(const struct memory_disk *d, const char *path)
{
    return g_hash_table_lookup(d->files, path);
}

int64_t memory_disk_size(const struct memory_disk *d)
{
    GHashTableIter i;
    gpointer f;
    int64_t size = 0;
    g_hash_table_iter_init(&i, d->files);
    while (g_hash_table_iter_next(&i, NULL, &f))
        size += ((struct memory_file *)f)->now->len;
    return size;
}

/* --- changes --- */

static void set_size(GByteArray *content, int64_t size)
{
    guint before = content->len;
    g_byte_array_set_size(content, (guint)size);
    if (content->len > before)
        memset(content->data + before, 0, content->len - before);
}

static void put(GByteArray *content, int64_t offset, const guint8 *bytes, size_t n)
{
    if (content->len < offset + (int64_t)n)
        set_size(content, offset + (int64_t)n);
    memcpy(content->data + offset, bytes, n);
}

static void put_write(GByteArray *content, const struct memory_change *c)
{
    gsize n;
    const guint8 *bytes = g_bytes_get_data(c->bytes, &n);
    put(content, c->offset, bytes, n);
}

static void apply(const struct memory_change *c, GHashTable *names, GByteArray *content)
{
    if (c->kind == CHANGE_MAKE)
        name(names, c->file);
    else if (c->kind == CHANGE_DELETE)
        g_hash_table_remove(names, c->path);
    else if (c->kind == CHANGE_TRUNCATE)
        set_size(content, c->offset);
    else if (c->kind == CHANGE_WRITE)
        put_write(content, c);
}

static bool is_of_names(const struct memory_change *c)
{
    return c->kind == CHANGE_MAKE || c->kind == CHANGE_DELETE;
}

/* Whatever waits for this file, or for the names, is saved, or given up: it will not be saved. */
static void settle(struct memory_disk *d, const struct memory_file *f, bool names, bool save)
{
    guint left = 0;
    for (guint i = 0; i < d->waiting->len; i++) {
        struct memory_change *c = d->waiting->pdata[i];
        bool meant = is_of_names(c) ? names : c->file == f;
        if (meant && save)
            apply(c, d->durable, c->file->durable);
        if (meant)
            change_free(c);
        else
            d->waiting->pdata[left++] = c;
    }
    g_ptr_array_set_free_func(d->waiting, NULL);
    g_ptr_array_set_size(d->waiting, (gint)left);
    g_ptr_array_set_free_func(d->waiting, (GDestroyNotify)change_free);
}

static struct memory_change *change_new(enum memory_change_kind kind, const char *path,
                                        int64_t offset, GBytes *bytes)
{
    struct memory_change *c = g_new0(struct memory_change, 1);
    *c = (struct memory_change){ .kind = kind, .path = g_strdup(path), .offset = offset };
    c->bytes = bytes ? g_bytes_ref(bytes) : NULL;
    return c;
}

static bool is_new(const struct memory_disk *d, const struct memory_file *f)
{
    for (guint i = 0; i < d->waiting->len; i++) {
        const struct memory_change *c = d->waiting->pdata[i];
        if (c->kind == CHANGE_MAKE && c->file == f)
            return true;
    }
    return false;
}

static void make_change(struct memory_disk *d, struct memory_change *c)
{
    struct memory_file *f = memory_file_of(d, c->path);
    if (c->kind == CHANGE_MAKE)
        c->file = file_new(c->path);
    else if (f)
        c->file = memory_file_ref(f);
    if (c->kind < CHANGE_SYNC) {
        apply(c, d->files, c->file->now);
        g_ptr_array_add(d->waiting, c);
        return;
    }
    if (c->kind == CHANGE_SYNC_NAMES)
        settle(d, NULL, true, true);
    else
        settle(d, c->file, c->kind == CHANGE_SYNC && is_new(d, c->file), c->kind == CHANGE_SYNC);
    change_free(c);
}

void memory_change(struct memory_disk *d, enum memory_change_kind kind, const char *path,
                   int64_t offset, const void *bytes, size_t n)
{
    g_autoptr(GBytes) copy = bytes ? g_bytes_new(bytes, n) : NULL;
    if (d->recording)
        g_ptr_array_add(d->recording, change_new(kind, path, offset, copy));
    make_change(d, change_new(kind, path, offset, copy));
}

void memory_make_main(struct memory_disk *d, const char *path)
{
    memory_change(d, CHANGE_MAKE, path, 0, NULL, 0);
    memory_change(d, CHANGE_SYNC_NAMES, path, 0, NULL, 0);
}

/* --- what a crash leaves --- */

/* A part of a write: the sectors that begin where the file's do, and of which chosen says yes. */
static void apply_torn(const struct memory_change *c, unsigned sector, uint64_t chosen)
{
    gsize n;
    const guint8 *bytes = g_bytes_get_data(c->bytes, &n);
    int64_t end = c->offset + (int64_t)n;
    unsigned bit = 0;
    for (int64_t at = c->offset; at < end; bit++) {
        int64_t next = MIN(end, (at / sector + 1) * sector);
        if (chosen >> (bit & 63) & 1)
            put(c->file->durable, at, bytes + (at - c->offset), (size_t)(next - at));
        at = next;
    }
}

static void survive_in_order(struct memory_disk *d, const struct memory_cut *cut)
{
    unsigned sector = cut->sector ? cut->sector : SECTOR;
    for (guint i = 0; i < d->waiting->len && i <= cut->keep; i++) {
        struct memory_change *c = d->waiting->pdata[i];
        unsigned sectors = cut->torn / sector;
        if (i < cut->keep)
            apply(c, d->durable, c->file->durable);
        else if (c->kind == CHANGE_WRITE && sectors)
            apply_torn(c, sector, sectors < 64 ? (1ull << sectors) - 1 : UINT64_MAX);
    }
}

uint64_t memory_roll(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static void survive_at_random(struct memory_disk *d, const struct memory_cut *cut)
{
    uint64_t dice = cut->seed;
    unsigned sector = cut->sector ? cut->sector : SECTOR;
    for (guint i = 0; i < d->waiting->len; i++) {
        struct memory_change *c = d->waiting->pdata[i];
        uint64_t fate = memory_roll(&dice) & 7;
        if (fate < 4)
            apply(c, d->durable, c->file->durable);
        else if (fate < 6 && c->kind == CHANGE_WRITE)
            apply_torn(c, sector, memory_roll(&dice));
    }
}

/* The names that are durable name the files from now on, which hold what is durable of them. */
static void look_again(struct memory_disk *d)
{
    GHashTableIter i;
    gpointer value;
    g_ptr_array_set_size(d->waiting, 0);
    g_hash_table_remove_all(d->files);
    g_hash_table_iter_init(&i, d->durable);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        struct memory_file *f = value;
        g_byte_array_set_size(f->now, 0);
        g_byte_array_append(f->now, f->durable->data, f->durable->len);
        f->writer = NULL;
        f->readers = 0;
        f->exclusive = false;
        name(d->files, f);
    }
}

void memory_disk_crash(struct memory_disk *d)
{
    d->crashed = true;
}

void memory_disk_cut(struct memory_disk *d, const struct memory_cut *c)
{
    if (c->seed)
        survive_at_random(d, c);
    else
        survive_in_order(d, c);
    look_again(d);
    d->life++;
    d->crashed = false;
}

/* --- disks --- */

struct memory_disk *memory_disk_new(void)
{
    struct memory_disk *d = g_new0(struct memory_disk, 1);
    d->files = names_new();
    d->durable = names_new();
    d->waiting = g_ptr_array_new_with_free_func((GDestroyNotify)change_free);
    memory_vfs_init(d);
    return d;
}

static struct memory_file *copy_of(GHashTable *copies, const struct memory_file *f)
{
    struct memory_file *copy = g_hash_table_lookup(copies, f);
    if (copy)
        return copy;
    copy = file_new(f->path);
    g_byte_array_append(copy->now, f->now->data, f->now->len);
    g_byte_array_append(copy->durable, f->durable->data, f->durable->len);
    g_hash_table_insert(copies, (gpointer)f, copy);
    return copy;
}

static void copy_names(GHashTable *to, GHashTable *from, GHashTable *copies)
{
    GHashTableIter i;
    gpointer f;
    g_hash_table_iter_init(&i, from);
    while (g_hash_table_iter_next(&i, NULL, &f))
        name(to, copy_of(copies, f));
}

struct memory_disk *memory_disk_clone(const struct memory_disk *d)
{
    struct memory_disk *copy = memory_disk_new();
    uint64_t dice = d->dice;
    copy->dice = memory_roll(&dice);
    g_autoptr(GHashTable) copies =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)memory_file_unref);
    copy_names(copy->files, d->files, copies);
    copy_names(copy->durable, d->durable, copies);
    for (guint i = 0; i < d->waiting->len; i++) {
        const struct memory_change *c = d->waiting->pdata[i];
        struct memory_change *again = change_new(c->kind, c->path, c->offset, c->bytes);
        again->file = memory_file_ref(copy_of(copies, c->file));
        g_ptr_array_add(copy->waiting, again);
    }
    return copy;
}

void memory_disk_free(struct memory_disk *d)
{
    if (!d)
        return;
    sqlite3_vfs_unregister(&d->vfs);
    g_ptr_array_unref(d->waiting);
    g_clear_pointer(&d->recording, g_ptr_array_unref);
    g_hash_table_unref(d->files);
    g_hash_table_unref(d->durable);
    g_free(d);
}

struct memory_faults *memory_disk_faults(struct memory_disk *d)
{
    return &d->faults;
}

uint64_t memory_disk_operations(const struct memory_disk *d, enum memory_op op)
{
    return d->operations[op];
}

unsigned memory_disk_unsynced(const struct memory_disk *d)
{
    return d->waiting->len;
}

/* --- recordings --- */

void memory_disk_record(struct memory_disk *d)
{
    g_clear_pointer(&d->recording, g_ptr_array_unref);
    d->recording = g_ptr_array_new_with_free_func((GDestroyNotify)change_free);
}

unsigned memory_disk_recorded(const struct memory_disk *d)
{
    return d->recording->len;
}

void memory_disk_replay(struct memory_disk *copy, const struct memory_disk *recording, unsigned i)
{
    const struct memory_change *c = recording->recording->pdata[i];
    make_change(copy, change_new(c->kind, c->path, c->offset, c->bytes));
}

char *memory_disk_describe(const struct memory_disk *recording, unsigned i)
{
    static const char *const kinds[] = { "make", "write",       "truncate",  "delete",
                                         "sync", "failed sync", "sync names" };
    const struct memory_change *c = recording->recording->pdata[i];
    g_autofree char *file = g_path_get_basename(c->path);
    if (c->kind == CHANGE_WRITE)
        return g_strdup_printf("%s %s %d+%d", kinds[c->kind], file, (int)c->offset,
                               (int)g_bytes_get_size(c->bytes));
    return g_strdup_printf("%s %s", kinds[c->kind], file);
}
