#include "api/broadcast_view.h"
#include "api/routes.h"
#include "flow/backup.h"
#include "wire/json_text.h"
#include <string.h>

#define COPY_TYPE "application/vnd.sqlite3"

/* RFC 9530: the digest of what is sent, so that whoever keeps it knows that all of it came. */
static void set_digest(struct api_request *r, const char *hex)
{
    guint8 bytes[32];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] =
            (guint8)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    g_autofree char *base64 = g_base64_encode(bytes, sizeof bytes);
    g_autofree char *value = g_strconcat("sha-256=:", base64, ":", NULL);
    api_header_set(r, "Repr-Digest", value);
}

static void made(const struct backup_copy *copy, enum backup_end end, const char *why, void *ctx)
{
    struct api_request *r = ctx;
    r->on_gone = NULL;
    switch (end) {
    case BACKUP_MADE:
        set_digest(r, copy->sha256);
        api_reply_file(r, 200, COPY_TYPE, copy->fd, copy->bytes);
        return;
    case BACKUP_BUSY:
        api_problem(r, 409, "backup-busy", "%s: try again later", why);
        return;
    case BACKUP_NO_ROOM:
        api_problem(r, 507, "no-room", "%s", why);
        return;
    case BACKUP_DAMAGED:
        api_problem(
            r, 500, "store-damaged",
            "the store is damaged, no copy of it is given out: %s; keep the last good backup "
            "and the delivery log",
            why);
        return;
    case BACKUP_FAILED:
        break;
    }
    api_problem(r, 503, "unavailable", "no backup was made: %s", why);
}

static void left(struct api_request *r)
{
    backup_abandon(r->service->backup, r);
    api_request_free(r);
}

void route_backup_make(struct api_request *r)
{
    r->on_gone = left;
    backup_make(r->service->backup, r->principal, made, r);
}

void route_backup_show(struct api_request *r)
{
    struct backup_progress p = backup_progress(r->service->backup);
    api_reply_json(r, 200,
                   json_pack("{s:o, s:I, s:I}", "by", p.by ? json_text(p.by) : json_null(), "bytes",
                             (json_int_t)p.bytes, "left", (json_int_t)p.left));
}
