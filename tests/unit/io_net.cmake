pkg_check_modules(OPENSSL_TLS REQUIRED IMPORTED_TARGET libssl libcrypto)
unit(io loop worker network egress append_file spool_dir resolver smtp_reply smtp_session smtp_replies smtp_client
     smtp_pool http_sockets http_replies http_client tls)
target_link_options(test_worker PRIVATE -Wl,--wrap=g_thread_join)
target_sources(test_tls PRIVATE certificates.c)
target_link_libraries(test_tls PRIVATE PkgConfig::OPENSSL_TLS)
set(peer_sources peer.c peer_smtp.c peer_http.c net_case.c)
list(TRANSFORM peer_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
add_library(test_peer STATIC ${peer_sources})
target_include_directories(test_peer PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(test_peer PUBLIC io PkgConfig::CMOCKA PkgConfig::OPENSSL_TLS PkgConfig::CURL)
foreach(module smtp_replies smtp_client smtp_pool http_replies http_client)
  target_link_libraries(test_${module} PRIVATE test_peer)
endforeach()
# The thread sanitizer cannot see into GLib's slice allocator.
set_tests_properties(unit.worker unit.append_file unit.smtp_replies unit.smtp_client unit.smtp_pool
                     unit.resolver unit.http_replies unit.http_client PROPERTIES ENVIRONMENT G_SLICE=always-malloc)
