import { randomBytes, scryptSync } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { manuals, products } from "./catalogue.ts";

export type ShopDatabase = Database.Database;

export interface Customer {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly address: string;
}

export interface Comment {
  readonly author: string;
  readonly text: string;
  readonly at: string;
}

export interface OrderLine {
  readonly productId: number;
  readonly quantity: number;
}

const customers = [
  {
    name: "siobhan",
    password: "green-Tea-42",
    email: "siobhan.oconnor@example.com",
    address: "7 Harbour Lane, Galway",
  },
  { name: "bjorn", password: "smörgås!8", email: "bjorn@example.org", address: "Storgatan 12, Umeå" },
  { name: "mei", password: "茶葉-2024", email: "mei.lin@example.net", address: "No. 18, Lane 4, Taipei" },
  { name: "admin", password: "Tin-of-Biscuits-1", email: "owner@shop.example", address: "Back office" },
];

/** Hash as stored. The name is the salt, so that a query by name and hash can find the row. */
export function hashPassword(name: string, password: string): string {
  return scryptSync(password, `shop:${name}`, 24, { N: 1024 }).toString("hex");
}

/** Opens the shop's database in `directory` and fills it, with its manuals and a file that nobody should read, when it is new. */
export function openDatabase(directory: string): ShopDatabase {
  mkdirSync(join(directory, "manuals"), { recursive: true });
  const isNew = !existsSync(join(directory, "shop.db"));
  const database = new Database(join(directory, "shop.db"));
  database.pragma("journal_mode = WAL");
  if (!isNew) return database;
  for (const [name, text] of Object.entries(manuals)) writeFileSync(join(directory, "manuals", name), text);
  writeFileSync(
    join(directory, "settings.ini"),
    `[payment]\nmerchant=teahouse\nsecret=${randomBytes(12).toString("hex")}\n`,
  );
  database.exec(`
    CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, category TEXT, price INTEGER, stock INTEGER, description TEXT);
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT UNIQUE, password_hash TEXT, email TEXT, address TEXT);
    CREATE TABLE comments (id INTEGER PRIMARY KEY, product_id INTEGER, author TEXT, text TEXT, at TEXT);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, lines TEXT, address TEXT, note TEXT, at TEXT);
  `);
  const addProduct = database.prepare(
    "INSERT INTO products VALUES (@id, @name, @category, @price, @stock, @description)",
  );
  for (const product of products) addProduct.run(product);
  const addCustomer = database.prepare(
    "INSERT INTO customers (name, password_hash, email, address) VALUES (?, ?, ?, ?)",
  );
  for (const c of customers) addCustomer.run(c.name, hashPassword(c.name, c.password), c.email, c.address);
  addComment(database, 1, { author: "bjorn", text: "Can't drink anything else any more.", at: "2024-05-02T08:14:00Z" });
  addComment(database, 10, {
    author: "mei",
    text: "Chapter 3 (JOIN) is worth the price alone!",
    at: "2024-06-11T17:40:00Z",
  });
  return database;
}

export function getProduct(database: ShopDatabase, id: number): (typeof products)[number] | null {
  const row = database.prepare<[number], (typeof products)[number]>("SELECT * FROM products WHERE id = ?").get(id);
  return row ?? null;
}

export function getCustomer(database: ShopDatabase, id: number): Customer | null {
  const row = database
    .prepare<[number], Customer>("SELECT id, name, email, address FROM customers WHERE id = ?")
    .get(id);
  return row ?? null;
}

export function updateCustomer(database: ShopDatabase, id: number, email: string, address: string): void {
  database.prepare("UPDATE customers SET email = ?, address = ? WHERE id = ?").run(email, address, id);
}

export function updatePassword(database: ShopDatabase, customer: Customer, password: string): void {
  const hash = hashPassword(customer.name, password);
  database.prepare("UPDATE customers SET password_hash = ? WHERE id = ?").run(hash, customer.id);
}

export function listComments(database: ShopDatabase, productId: number): Comment[] {
  const query = "SELECT author, text, at FROM comments WHERE product_id = ? ORDER BY id DESC LIMIT 50";
  return database.prepare<[number], Comment>(query).all(productId);
}

export function addComment(database: ShopDatabase, productId: number, comment: Comment): void {
  const insert = database.prepare("INSERT INTO comments (product_id, author, text, at) VALUES (?, ?, ?, ?)");
  insert.run(productId, comment.author, comment.text, comment.at);
}

/** @returns the number of the new order */
export function addOrder(
  database: ShopDatabase,
  order: { customer: string; lines: readonly OrderLine[]; address: string; note: string },
): number {
  const insert = database.prepare("INSERT INTO orders (customer, lines, address, note, at) VALUES (?, ?, ?, ?, ?)");
  const at = new Date().toISOString();
  return Number(insert.run(order.customer, JSON.stringify(order.lines), order.address, order.note, at).lastInsertRowid);
}

export function listOrders(
  database: ShopDatabase,
  customer: string,
): { id: number; lines: string; note: string; at: string }[] {
  const query = "SELECT id, lines, note, at FROM orders WHERE customer = ? ORDER BY id DESC LIMIT 50";
  return database.prepare<[string], { id: number; lines: string; note: string; at: string }>(query).all(customer);
}
