unit(model faults calendar hours directory duty)

# One test per table in tests/golden/hours, and one that makes the tables anew with other code and
# other zone data than ours.
add_executable(test_hours_golden test_hours_golden.c)
target_link_libraries(test_hours_golden PRIVATE model PkgConfig::CMOCKA)
set(hours_golden_dir ${CMAKE_CURRENT_LIST_DIR}/../golden/hours)
file(GLOB hours_tables CONFIGURE_DEPENDS ${hours_golden_dir}/*.txt)
foreach(table IN LISTS hours_tables)
  get_filename_component(name ${table} NAME_WE)
  add_test(NAME golden.hours-${name} COMMAND test_hours_golden ${table})
  set_tests_properties(golden.hours-${name} PROPERTIES TIMEOUT 120)
endforeach()
find_program(NODE NAMES node nodejs)
if(NODE)
  add_test(NAME golden.hours-reference COMMAND ${NODE} ${hours_golden_dir}/generate.mjs --check)
  set_tests_properties(golden.hours-reference PROPERTIES TIMEOUT 300)
endif()
