unit(wire csv_rows form decoder_memory json_reader matter_json matter_text broadcast_json preview_json roster_csv delivery_record journal_check)
unit(wire audience_json json_text json_writer language notice_time roster_values)
