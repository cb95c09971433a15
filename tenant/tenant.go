package tenant

import "github.com/thirdapp/thirdapp/provider"

// ID names a tenant, a customer of the host platform: 1 to 64 of letters,
// digits, '_' and '-'. It is opaque and case-sensitive.
type ID string

const (
	// Default is the tenant of a platform that has only one. It needs no row
	// anywhere.
	Default ID = "0"

	// Platform stands for all tenants. It is the home of grants of
	// RolePlatformAdmin and never a tenant that a request acts in.
	Platform ID = "*"

	maxIDLength = 64
)

// ParseID returns s as an ID, or an [*Error] of code InvalidArgument. An empty
// string is refused, not read as Default.
func ParseID(s string) (ID, error) {
	if len(s) == 0 || len(s) > maxIDLength {
		return "", errInvalidID()
	}
	for i := range len(s) {
		if !idByte(s[i]) {
			return "", errInvalidID()
		}
	}
	return ID(s), nil
}

func idByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

func errInvalidID() *Error {
	return Refuse(provider.InvalidArgument, "invalid_tenant",
		"租户ID无效：须为1到64位字母、数字、下划线或连字符",
		"invalid tenant id: want 1 to 64 letters, digits, '_' or '-'").WithField("X-Tenant-Id")
}
