unit(api api_router api_rate api_crowd api_share api_caller api_media api_gate api_pages api_openapi api_access api_listener api_refusals api_limits api_broadcast api_records
     api_roster api_matter api_health api_audit api_memory api_stop)
# A whole service behind a socket: store, loop and API are real, the channels are not.
add_library(test_api_world STATIC ${CMAKE_CURRENT_LIST_DIR}/api_world.c ${CMAKE_CURRENT_LIST_DIR}/api_client.c)
target_include_directories(test_api_world PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_compile_definitions(test_api_world PRIVATE SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(test_api_world PUBLIC api PkgConfig::CMOCKA PkgConfig::JANSSON)
foreach(module access pages listener refusals limits broadcast records roster matter health audit memory stop)
  target_link_libraries(test_api_${module} PRIVATE test_api_world)
endforeach()
target_link_libraries(test_api_openapi PRIVATE PkgConfig::JANSSON)
target_link_libraries(test_api_listener PRIVATE PkgConfig::LIBEVENT)
target_link_libraries(test_api_memory PRIVATE PkgConfig::LIBEVENT)
target_link_options(test_api_stop PRIVATE -Wl,--wrap=g_thread_join -Wl,--wrap=roster_csv_read)
