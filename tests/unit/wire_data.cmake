unit(wire csv_rows form json_reader matter_json broadcast_json preview_json roster_csv delivery_record)
