import { updateCustomer, updatePassword } from "../database.ts";
import { escapeMarkup, field } from "../html.ts";
import { redirect } from "../http.ts";
import { Refusal } from "../operations.ts";
import { type Route, readForm, render, requireCustomer, type Visit } from "../visit.ts";

const loginForm = (message: string, name: string) =>
  `${message === "" ? "" : `<p class="error">${message}</p>`}<form method="post" action="/login">${field("Name", "name", name)}${field("Password", "password", "", "password")}<button>Sign in</button></form>`;

/** Every form carries the token; only one form of the shop looks at it. */
const tokenField = (visit: Visit) => `<input type="hidden" name="token" value="${visit.session.token}">`;

export const accountRoutes: readonly Route[] = [
  ["GET", /^\/login$/, (visit) => render(visit, "Sign in", loginForm("", ""))],
  [
    "POST",
    /^\/login$/,
    (visit) => {
      const form = readForm(visit);
      const name = form.get("name") ?? "";
      const customer = visit.operations.findCustomer(visit.database, name, form.get("password") ?? "");
      if (customer === null)
        return render(visit, "Sign in", loginForm("Name and password do not go together.", name), 401);
      visit.session.customerId = customer.id;
      return redirect("/account");
    },
  ],
  [
    "POST",
    /^\/logout$/,
    (visit) => {
      visit.session.customerId = null;
      return redirect("/");
    },
  ],
  [
    "GET",
    /^\/account$/,
    (visit) => {
      const customer = requireCustomer(visit);
      return render(
        visit,
        "Your account",
        `<p>Signed in as <strong>${escapeMarkup(customer.name)}</strong>.</p>
<form method="post" action="/account">${tokenField(visit)}${field("E-mail", "email", customer.email, "email")}${field("Address", "address", customer.address)}<button>Save</button></form>
<h2>Password</h2><form method="post" action="/account/password">${tokenField(visit)}${field("New password", "password", "", "password")}<button>Change</button></form>`,
      );
    },
  ],
  [
    "POST",
    /^\/account$/,
    (visit) => {
      const customer = requireCustomer(visit);
      const form = readForm(visit);
      visit.operations.checkForm(visit.request, form, visit.session.token);
      const email = (form.get("email") ?? customer.email).slice(0, 200);
      if (!email.includes("@")) throw new Refusal(400, "This is no e-mail address.");
      updateCustomer(visit.database, customer.id, email, (form.get("address") ?? customer.address).slice(0, 400));
      return redirect("/account");
    },
  ],
  [
    "POST",
    /^\/account\/password$/,
    (visit) => {
      const customer = requireCustomer(visit);
      const form = readForm(visit);
      visit.operations.checkForm(visit.request, form, visit.session.token);
      const password = form.get("password") ?? "";
      if (password.length < 8) throw new Refusal(400, "Eight characters at least.");
      updatePassword(visit.database, customer, password);
      return redirect("/account");
    },
  ],
];
