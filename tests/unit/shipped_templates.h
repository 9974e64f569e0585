/*
 * shipped_templates - the templates of conf/templates, for a group of tests: set_up and tear_down
 * are cmocka's group fixtures.
 */
#pragma once
#include "wire/template_set.h"

static struct template_set *templates;

static int set_up(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    templates = template_set_load(SOURCE_DIR "/conf/templates", f);
    faults_free(f);
    return templates ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    template_set_unref(templates);
    return 0;
}
