unit(wire template template_set notice_json notice_own notice_ask notice_desk page page_contact mail_message mail_hostile mail_sign webhook_message webhook_signature cancel_text)
unit(wire call_sheet_text after_action_text)
target_sources(test_mail_sign PRIVATE certificates.c)
target_link_libraries(test_mail_sign PRIVATE PkgConfig::CRYPTO)
