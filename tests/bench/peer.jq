# The first-touch mart by jq 1.6:
#     cd DIR && jq -sc -f peer.jq customer.ndjson campaign.ndjson event.ndjson sale_order.ndjson
# Everything is read, then the orders are answered. A reduce sets only members of its state's top
# level: those jq changes in place, while it copies what is deeper. A number passes through a
# double: 12.30 becomes 12.3.

def rfc3339:
    if . == null then null
    else (. / 1000 | floor | todate[:-1]) + "." + ("00\(. % 1000)"[-3:]) + "Z" end;

604800000 as $window
| (now * 1000 | floor | rfc3339) as $written
| (reduce (.[] | select(has("segment"))) as $r ({};
       setpath([$r.customer_id]; [$r.segment, $r.acquisition_channel]))) as $customer
| (reduce (.[] | select(has("name"))) as $r ({};
       setpath([$r.id | tostring]; $r.name))) as $campaign
| (reduce (.[] | select(has("event_id") and .customer_id)) as $r ({};
       setpath([$r.customer_id];
               .[$r.customer_id] + [[$r.event_ts, $r.event_id, $r.event_type, $r.campaign_id]]))
  ) as $touch
| .[]
| select(has("order_id"))
| . as $order
| (if .customer_id == null then null
   else [$touch[.customer_id][]?
         | select(.[0] >= $order.order_ts - $window and .[0] <= $order.order_ts)] | min
   end) as $first
| {
    order_id,
    customer_id,
    order_timestamp: (.order_ts | rfc3339),
    total_amount,
    customer_segment: $customer[.customer_id // ""][0],
    customer_acquisition_channel: $customer[.customer_id // ""][1],
    first_touch_event_id: $first[1],
    first_touch_timestamp: ($first[0] | rfc3339),
    first_touch_event_type: $first[2],
    first_touch_campaign_name: $campaign[$first[3] // ""],
    delta_first_touch_to_order: (if $first then .order_ts - $first[0] else null end),
    _tech_write_ts: $written
  }
