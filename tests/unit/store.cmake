unit(store store_sqlite store_roster store_broadcast store_journal store_small store_queue store_settle
     store_thread)
# This one looks below the store, into its file.
target_link_libraries(test_store_sqlite PRIVATE PkgConfig::SQLITE)
