unit(wire template template_set notice_json mail_message webhook_message cancel_text)
