#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "wire/audience_json.h"

#define SQUARE "[[[-88,41],[-87,41],[-87,42],[-88,42],[-88,41]]]"
#define POLYGON "{\"type\":\"Polygon\",\"coordinates\":" SQUARE "}"

/* want: written back; fault: "place code" of the first, NULL: it is good. */
static const struct row {
    const char *name, *text, *want, *fault;
} rows[] = {
    { "everyone is said in that word", "{\"everyone\":true}", "{\"everyone\":true}", NULL },
    { "everyone cannot be denied", "{\"everyone\":false}", NULL, "/everyone not-one-of" },
    { "nothing is nobody, and a mistake", "{}", NULL, " empty-audience" },
    { "fields stand side by side", "{\"countries\":[\"MX\"],\"states\":[\"TX\",\"IL\"]}",
      "{\"countries\":[\"MX\"],\"states\":[\"TX\",\"IL\"]}", NULL },
    { "an empty field is a mistake", "{\"countries\":[]}", NULL, "/countries empty" },
    { "so is an empty value", "{\"countries\":[\"\"]}", NULL, "/countries/0 empty" },
    { "a value is text", "{\"countries\":[7]}", NULL, "/countries/0 wrong-type" },
    { "a field nobody knows", "{\"country\":[\"MX\"]}", NULL, "/country unknown-member" },
    { "a threat level", "{\"threat_level_at_least\":\"high\"}",
      "{\"threat_level_at_least\":\"high\"}", NULL },
    { "a level nobody knows", "{\"threat_level_at_least\":\"huge\"}", NULL,
      "/threat_level_at_least not-one-of" },
    { "one of several", "{\"any_of\":[{\"states\":[\"TX\"]},{\"offices\":[\"honolulu\"]}]}",
      "{\"any_of\":[{\"states\":[\"TX\"]},{\"offices\":[\"honolulu\"]}]}", NULL },
    { "one of none", "{\"any_of\":[]}", NULL, "/any_of empty" },
    { "an empty part", "{\"any_of\":[{}]}", NULL, "/any_of/0 empty-audience" },
    { "all but some", "{\"everyone\":true,\"except\":{\"kinds\":[\"embassy\"]}}",
      "{\"everyone\":true,\"except\":{\"kinds\":[\"embassy\"]}}", NULL },
    { "all but nobody", "{\"everyone\":true,\"except\":{}}", NULL, "/except empty-audience" },
    { "two forms at once", "{\"everyone\":true,\"states\":[\"TX\"]}", NULL, " not-allowed" },
    { "a polygon", "{\"area\":" POLYGON "}", "{\"area\":" POLYGON "}", NULL },
    { "an altitude is read over",
      "{\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[-88,41,180],[-87,41],[-87,42],[-88,42],"
      "[-88,41]]]}}",
      "{\"area\":" POLYGON "}", NULL },
    { "a polygon that is not closed",
      "{\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[-88,41],[-87,41],[-87,42],[-88,42]]]}}",
      NULL, "/area/coordinates/0 bad-geometry" },
    { "a geometry of another kind", "{\"area\":{\"type\":\"Point\",\"coordinates\":[-88,41]}}",
      NULL, "/area/type not-one-of" },
    { "a circle", "{\"circles\":[{\"center\":[-87.6,41.9],\"radius_km\":25}]}",
      "{\"circles\":[{\"center\":[-87.6,41.9],\"radius_km\":25}]}", NULL },
    { "a circle of less than nothing", "{\"circles\":[{\"center\":[-87.6,41.9],\"radius_km\":-1}]}",
      NULL, "/circles/0 bad-circle" },
    { "no object at all", "[]", NULL, " wrong-type" },
};

static char *first_fault(const struct faults *f)
{
    const struct fault *first = f->errors->len ? g_ptr_array_index(f->errors, 0) : NULL;
    return first ? g_strdup_printf("%s %s", first->place, first->code) : NULL;
}

static void audiences_are_read_strictly_and_written_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct faults *f = faults_new();
        g_autoptr(GString) out = g_string_new(NULL);
        struct audience *a = audience_json_parse(rows[i].text, strlen(rows[i].text), f);
        g_autofree char *fault = first_fault(f);
        if (a)
            audience_json_write(out, NULL, a);
        if ((a == NULL) != (rows[i].want == NULL) || g_strcmp0(fault, rows[i].fault) != 0 ||
            (a && strcmp(out->str, rows[i].want) != 0))
            fail_msg("%s: %s, %s", rows[i].name, out->str, fault ? fault : "no fault");
        audience_free(a);
        faults_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audiences_are_read_strictly_and_written_back),
    };
    return cmocka_run_group_tests_name("audience in JSON", tests, NULL, NULL);
}
