#include "model/county.h"

#include <stdlib.h>
#include <string.h>

/* FIPS 6-4 as the Census Bureau keeps it: of each state the counties by number, "first-last/step";
 * without a step every second one, which is how they were dealt out.  Those given up since
 * (Connecticut's counties, Shannon, Bedford city, Valdez-Cordova, Wade Hampton) stay beside their
 * successors: alerts name both. */
static const struct state_counties {
    const char *state, *numbers;
} all[] = {
    { "01", "1-133" },
    { "02", "13 16 20 50 60 63 66-70 90 100 105 110 122 130 150 158 164 170 180 185 "
            "188 195 198 220-240/10 261 270 275 282 290" },
    { "04", "1-11 12 13-27" },
    { "05", "1-149" },
    { "06", "1-115" },
    { "08", "1-13 14 15-125" },
    { "09", "1-15 110-190/10" },
    { "10", "1-5" },
    { "11", "1" },
    { "12", "1-23 27-85 86 87-133" },
    { "13", "1-39 43-201 205-321" },
    { "15", "1-9" },
    { "16", "1-87" },
    { "17", "1-203" },
    { "18", "1-183" },
    { "19", "1-197" },
    { "20", "1-209" },
    { "21", "1-239" },
    { "22", "1-127" },
    { "23", "1-31" },
    { "24", "1-5 9-47 510" },
    { "25", "1-27" },
    { "26", "1-165" },
    { "27", "1-173" },
    { "28", "1-163" },
    { "29", "1-185 186 187 189 195-229 510" },
    { "30", "1-111" },
    { "31", "1-185" },
    { "32", "1-23 27-33 510" },
    { "33", "1-19" },
    { "34", "1-41" },
    { "35", "1-5 6 7-27 28 29-61" },
    { "36", "1-123" },
    { "37", "1-199" },
    { "38", "1-105" },
    { "39", "1-175" },
    { "40", "1-153" },
    { "41", "1-71" },
    { "42", "1-133" },
    { "44", "1-9" },
    { "45", "1-91" },
    { "46", "3-101 102 103-129 135 137" },
    { "47", "1-189" },
    { "48", "1-507" },
    { "49", "1-57" },
    { "50", "1-27" },
    { "51", "1-35 36 37 41-53 57-121 125 127 131-149 153-187 191-199 510 515 "
            "520-550/10 570-590/10 595 600-670/10 678 680 683 685 690-730/10 735 "
            "740-770/10 775 790-840/10" },
    { "53", "1-77" },
    { "54", "1-109" },
    { "55", "1-77 78 79-141" },
    { "56", "1-45" },
    { "60", "10 20 50" },
    { "66", "10" },
    { "69", "85 100-120/10" },
    { "72", "1-53 54 55-153" },
    { "78", "10-30/10" },
};

static bool is_within(const char *numbers, long number)
{
    for (const char *p = numbers; *p;) {
        char *end;
        long first = strtol(p, &end, 10), last = first, step = 2;
        if (*end == '-')
            last = strtol(end + 1, &end, 10);
        if (*end == '/')
            step = strtol(end + 1, &end, 10);
        if (number >= first && number <= last && (number - first) % step == 0)
            return true;
        p = *end == ' ' ? end + 1 : end;
    }
    return false;
}

bool county_is_known(const char *fips)
{
    if (strlen(fips) != 5 || strspn(fips, "0123456789") != 5)
        return false;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strncmp(all[i].state, fips, 2) == 0)
            return is_within(all[i].numbers, strtol(fips + 2, NULL, 10));
    return false;
}
