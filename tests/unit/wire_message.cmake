unit(wire template template_set notice_json notice_ask notice_desk page page_contact mail_message webhook_message cancel_text)
unit(wire call_sheet_text after_action_text)
