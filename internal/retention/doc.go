// Package retention goes through all tenants every hour, in jobs, to remove what
// is kept no longer.
package retention
