unit(store store_sqlite store_roster store_broadcast store_journal store_small store_queue store_settle
     store_thread)
# These look below the store: into its file, and at a store that fails on purpose.
target_link_libraries(test_store_sqlite PRIVATE PkgConfig::SQLITE)
