// A real OpenID provider with made-up people, on loopback, for tests: node provider.mjs PORT CALLBACK.
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [port, callback] = [Number(process.argv[2]), process.argv[3]];
const issuer = `http://127.0.0.1:${port}`;
const people = {
  an: { level: "high", claims: { name: "Nguyễn Văn An MẪU", verified: { national_id: process.argv[4] } } },
  binh: { level: "low", claims: { name: "Trần Thị Bình MẪU", verified: { national_id: process.argv[4] } } },
  chi: { level: "high", claims: { name: "Lê Chi MẪU", staff_login: "clerk" } },
  dung: { level: "high", claims: { name: "Phạm Dũng MẪU" } },
};
const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...key, use: "sig", alg: "ES256", kid: "one" }] },
  cookies: { keys: ["for tests alone"] },
  clients: [
    {
      client_id: "motlan",
      client_secret: "for-tests-alone",
      redirect_uris: [callback],
      id_token_signed_response_alg: "ES256",
    },
  ],
  claims: { openid: ["sub"], profile: ["name", "verified", "staff_login"], acr: null },
  acrValues: ["high", "low"],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
  interactions: { url: (_, interaction) => `/person/${interaction.uid}` },
  findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id].claims }) },
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile");
    grant.addOIDCClaims(["acr"]);
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  if (!url.pathname.startsWith("/person/")) return answer(request, response);
  try {
    const who = url.searchParams.get("who");
    if (who === null) return response.end("who are you?");
    if (!people[who]) return await provider.interactionFinished(request, response, { error: "access_denied" });
    await provider.interactionFinished(request, response, { login: { accountId: who, acr: people[who].level } });
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error));
  }
}).listen(port, "127.0.0.1", () => console.log("ready"));
