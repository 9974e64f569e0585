unit(wire csv_rows form json_reader broadcast_json preview_json roster_csv delivery_record)
