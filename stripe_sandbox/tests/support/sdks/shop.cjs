// A shop's life with stripe-node: node shop.cjs ADDRESS [API_VERSION]. What it found is one line of JSON.
const Stripe = require("stripe");

const [address, apiVersion] = process.argv.slice(2);
const { hostname, port } = new URL(address === "verify" ? "http://localhost" : address);
const at = { host: hostname, port, protocol: "http", maxNetworkRetries: 0, telemetry: false };
const shop = new Stripe("sk_test_node", { ...at, ...(apiVersion ? { apiVersion } : {}) });

const line = { quantity: 1, price_data: { currency: "usd", unit_amount: 4000, product_data: { name: "A book" } } };
const order = { mode: "payment", line_items: [line], success_url: "https://example.com/thanks" };

async function verb(name, params) {
  const headers = { Authorization: "Bearer sk_test_node" };
  const answer = await fetch(`${address}/stripe-sandbox/api/${name}`, {
    method: "POST",
    headers,
    body: new URLSearchParams(params),
  });
  return answer.json();
}

async function refused(act) {
  try {
    await act();
  } catch (error) {
    const { type, code, statusCode, param, message } = error;
    return { type, code, statusCode, param, message, isTyped: error instanceof Stripe.errors.StripeError };
  }
}

async function main() {
  const found = { version: Stripe.PACKAGE_VERSION };
  const session = await shop.checkout.sessions.create(order);
  found.created = [session.object, session.status, session.url.startsWith(address)];
  await verb("pay", { session: session.id });

  const paid = await shop.checkout.sessions.retrieve(session.id, {
    expand: ["payment_intent.latest_charge", "line_items"],
  });
  const intent = paid.payment_intent;
  found.paid = [paid.payment_status, intent.latest_charge.amount, paid.line_items.data[0].description];

  const refund = await shop.refunds.create({ payment_intent: intent.id, amount: 1500 });
  found.refunded = [refund.status, (await shop.charges.retrieve(refund.charge)).amount_refunded];

  const again = { idempotencyKey: "the same" };
  const customers = [await shop.customers.create({ name: "Ann" }, again), await shop.customers.create({ name: "Ann" }, again)];
  found.once = [customers[0].id === customers[1].id];
  found.reused = await refused(() => shop.customers.create({ name: "Bo" }, again));

  for (let number = 0; number < 11; number++) await shop.customers.create({ email: `${number}@example.com` });
  const listed = [];
  for await (const customer of shop.customers.list({ limit: 5 })) listed.push(customer.id);
  found.listed = [listed.length, new Set(listed).size];

  found.unknown = await refused(() => shop.checkout.sessions.retrieve("cs_test_nope"));
  const other = await shop.checkout.sessions.create(order);
  found.declined = (await verb("pay", { session: other.id, card: "4000000000000002" })).error.decline_code;
  found.key = await refused(() => new Stripe("pk_test_x", at).customers.list());

  const event = (await shop.events.list({ type: "checkout.session.completed" })).data[0];
  found.event = [event.type, event.data.object.id === session.id];
  return found;
}

// What a webhook was sent is verified by the SDK itself: node shop.cjs verify BODY SIGNATURE SECRET
if (address === "verify") {
  const [, body, signature, secret] = process.argv.slice(2);
  const event = shop.webhooks.constructEvent(body, signature, secret);
  const forged = (() => {
    try {
      shop.webhooks.constructEvent(body.replace("4000", "1"), signature, secret);
    } catch (error) {
      return error.type;
    }
  })();
  console.log(JSON.stringify({ id: event.id, type: event.type, forged }));
} else {
  main().then((found) => console.log(JSON.stringify(found)));
}
