unit(store store_sqlite store_roster store_broadcast store_chain store_release store_journal store_small
     store_queue store_clock store_settle store_outage store_answer store_link store_matter store_migrate store_thread
     store_copy store_erase)
# These look below the store, into its file; one makes a file of an earlier schema.
target_link_libraries(test_store_sqlite PRIVATE PkgConfig::SQLITE)
target_link_libraries(test_store_migrate PRIVATE PkgConfig::SQLITE)
target_include_directories(test_store_migrate PRIVATE ${PROJECT_SOURCE_DIR}/daemon/store)
