unit(wire csv_rows json_reader broadcast_json preview_json roster_csv delivery_record)
