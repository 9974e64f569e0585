pkg_check_modules(OPENSSL_TLS REQUIRED IMPORTED_TARGET libssl libcrypto)
unit(io loop egress append_file smtp_client smtp_reply http_client)
target_sources(test_smtp_client PRIVATE ${CMAKE_CURRENT_LIST_DIR}/peer.c
               ${CMAKE_CURRENT_LIST_DIR}/peer_smtp.c)
target_sources(test_http_client PRIVATE ${CMAKE_CURRENT_LIST_DIR}/peer.c)
foreach(module smtp_client http_client)
  target_link_libraries(test_${module} PRIVATE PkgConfig::OPENSSL_TLS PkgConfig::CURL)
endforeach()
