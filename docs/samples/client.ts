// Spend tokens from TypeScript, with types made of the schema (CONTRIBUTING.md says how they are made and checked).
import type { components, operations } from "./shop";

type Answer = operations["spendTokens"]["responses"]["200"]["content"]["application/json"];
type Shortage = components["schemas"]["InsufficientTokens"];

export async function spend(shop: string, key: string, name: string, body: components["schemas"]["Spend"]): Promise<Answer> {
  const answer = await fetch(`${shop}/api/tokens/spend`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", "Idempotency-Key": name },
    body: JSON.stringify(body),
  });
  if (answer.status === 402) {
    const shortage = (await answer.json()) as Shortage;
    throw new Error(`${shortage.detail} Buy ${shortage.smallest_package ?? "nothing, raise the limit"}.`);
  }
  if (!answer.ok) {
    throw new Error(((await answer.json()) as components["schemas"]["Problem"]).detail);
  }
  return (await answer.json()) as Answer;
}

spend("http://localhost:5001", "tk_…", "image-17", { action: "ai_analysis", quantity: 2 }).then(
  ({ id, balance }) => console.log(`Usage ${id.toFixed(0)}, ${balance.toFixed(0)} tokens left`),
);
