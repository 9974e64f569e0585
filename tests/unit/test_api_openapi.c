#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/openapi.h"
#include "api/routes.h"
#include <string.h>

/* "GET /path operationId", sorted: as the file describes them, and as they are. */
static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static json_t *read_file(void)
{
    size_t len;
    json_error_t why;
    const char *text = api_openapi(&len);
    json_t *file = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (!file)
        fail_msg("openapi.json:%d: %s", why.line, why.text);
    return file;
}

static GPtrArray *described(json_t *file)
{
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    const char *path, *method;
    json_t *item, *operation;
    json_object_foreach(json_object_get(file, "paths"), path, item)
    {
        json_object_foreach(item, method, operation)
        {
            g_autofree char *upper = g_ascii_strup(method, -1);
            const char *id = json_string_value(json_object_get(operation, "operationId"));
            g_ptr_array_add(out, g_strdup_printf("%s %s %s", upper, path, id ? id : "(none)"));
        }
    }
    g_ptr_array_sort(out, by_text);
    return out;
}

static GPtrArray *real(void)
{
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < api_routes_count; i++)
        g_ptr_array_add(out, g_strdup_printf("%s %s %s", api_routes[i].method, api_routes[i].path,
                                             api_routes[i].operation));
    g_ptr_array_sort(out, by_text);
    return out;
}

static void each_of(const GPtrArray *some, const GPtrArray *others, const char *missing)
{
    for (guint i = 0; i < some->len; i++)
        if (!g_ptr_array_find_with_equal_func((GPtrArray *)others, g_ptr_array_index(some, i),
                                              g_str_equal, NULL))
            fail_msg("%s: %s", (char *)g_ptr_array_index(some, i), missing);
}

static void file_and_routes_name_the_same_operations(void **state)
{
    json_t *file = read_file();
    g_autoptr(GPtrArray) in_file = described(file), in_table = real();
    (void)state;
    each_of(in_file, in_table, "described, but there is no such route");
    each_of(in_table, in_file, "a route that is not described");
    assert_int_equal(in_file->len, in_table->len);
    json_decref(file);
}

static json_t *operation_of(json_t *file, const struct route *r)
{
    g_autofree char *method = g_ascii_strdown(r->method, -1);
    json_t *item = json_object_get(json_object_get(file, "paths"), r->path);
    return json_object_get(item, method);
}

static bool takes(const struct route *r, const char *name)
{
    return g_strv_contains(r->query, name);
}

static void file_and_routes_take_the_same_query_parameters(void **state)
{
    json_t *file = read_file();
    (void)state;
    for (size_t i = 0; i < api_routes_count; i++) {
        const struct route *r = &api_routes[i];
        json_t *parameters = json_object_get(operation_of(file, r), "parameters"), *p;
        size_t k, in_query = 0;
        json_array_foreach(parameters, k, p)
        {
            const char *name = json_string_value(json_object_get(p, "name"));
            if (strcmp(json_string_value(json_object_get(p, "in")), "query") != 0)
                continue;
            in_query++;
            if (!takes(r, name))
                fail_msg("%s: the parameter %s is described, but not taken", r->operation, name);
        }
        assert_int_equal(in_query, g_strv_length((char **)r->query));
    }
    json_decref(file);
}

/* Every "$ref" leads somewhere inside the file. */
static void follow(json_t *file, json_t *at)
{
    const char *key;
    json_t *value;
    size_t i;
    json_array_foreach(at, i, value) follow(file, value);
    json_object_foreach(at, key, value)
    {
        if (strcmp(key, "$ref") == 0) {
            g_auto(GStrv) steps = g_strsplit(json_string_value(value), "/", -1);
            json_t *target = file;
            assert_string_equal(steps[0], "#");
            for (guint s = 1; steps[s]; s++)
                target = json_object_get(target, steps[s]);
            if (!target)
                fail_msg("%s leads nowhere", json_string_value(value));
        }
        follow(file, value);
    }
}

static void every_reference_leads_somewhere(void **state)
{
    json_t *file = read_file();
    (void)state;
    assert_string_equal(json_string_value(json_object_get(file, "openapi")), "3.1.0");
    follow(file, file);
    json_decref(file);
}

static void path_parameters_are_described(void **state)
{
    json_t *file = read_file();
    (void)state;
    for (size_t i = 0; i < api_routes_count; i++) {
        const char *brace = strchr(api_routes[i].path, '{');
        json_t *first =
            json_array_get(json_object_get(operation_of(file, &api_routes[i]), "parameters"), 0);
        if (!brace)
            continue;
        g_autofree char *name = g_strndup(brace + 1, strcspn(brace + 1, "}"));
        assert_string_equal(json_string_value(json_object_get(first, "name")), name);
        assert_string_equal(json_string_value(json_object_get(first, "in")), "path");
        assert_true(json_is_true(json_object_get(first, "required")));
    }
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_and_routes_name_the_same_operations),
        cmocka_unit_test(file_and_routes_take_the_same_query_parameters),
        cmocka_unit_test(every_reference_leads_somewhere),
        cmocka_unit_test(path_parameters_are_described),
    };
    return cmocka_run_group_tests_name("openapi", tests, NULL, NULL);
}
