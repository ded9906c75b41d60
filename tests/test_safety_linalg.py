"""Linear algebra, transforms and lists of tensors called with what does not fit: exceptions, an end, and no memory but
the tensors' own."""
import mindtorch._C as _C
import pytest
import torch

from .child import outcome, verdict
from .safety_names import NAMES, bf16, c64, f16, f64, i32, i64, inf, nan, seq, u8  # noqa: F401  (the table's words)

# What the reference raises for each; `None` where any exception will do: it reads or writes outside, dies, never ends,
# or has no such check.
RAISES = {
    "matrices": r"""
L.ldl_solve(torch.eye(2), torch.tensor([1.,2]), ones(2,1))  RuntimeError
L.ldl_solve(torch.eye(2), torch.tensor([0,2],dtype=i32), ones(2,1))  RuntimeError
L.ldl_solve(torch.eye(2), torch.tensor([3,2],dtype=i32), ones(2,1))  RuntimeError
L.ldl_solve(torch.eye(2), torch.tensor([-1,2],dtype=i32), ones(2,1))  None
L.ldl_solve(torch.eye(2), torch.tensor([1,-2],dtype=i32), ones(2,1))  None
L.ldl_solve(torch.eye(2), torch.tensor([-2**31,-2],dtype=i32), ones(2,1))  RuntimeError
L.ldl_solve(torch.eye(2), torch.tensor([2**33+1,2]), ones(2,1))  RuntimeError
L.ldl_solve(torch.eye(2), torch.tensor([True,True]), ones(2,1))  RuntimeError
L.ldl_solve(torch.eye(2), torch.tensor([1],dtype=i32), ones(2,1))  RuntimeError
L.ldl_solve(torch.eye(2), torch.tensor([1,2],dtype=i32), ones(3,1))  RuntimeError
L.ldl_solve(torch.eye(2), torch.tensor([1,2],dtype=i32), ones(2))  IndexError
L.ldl_solve(torch.eye(2).half(), torch.tensor([1,2],dtype=i32), ones(2,1).half())  NotImplementedError
L.ldl_solve(torch.eye(2).long(), torch.tensor([1,2],dtype=i32), ones(2,1).long())  RuntimeError
L.ldl_solve(torch.eye(2), torch.tensor(1,dtype=i32), ones(2,1))  RuntimeError
L.ldl_solve(torch.eye(2)[0], torch.tensor(1,dtype=i32), ones(2,1))  RuntimeError
L.ldl_solve(torch.eye(2), torch.tensor([1,2],dtype=i32), ones(2,1).double())  RuntimeError
L.ldl_solve(torch.eye(2).expand(3,2,2), torch.tensor([1,2],dtype=i32), ones(2,1))  RuntimeError
L.lu_solve(torch.eye(2), torch.tensor([0,2],dtype=i32), ones(2,1))  RuntimeError
L.lu_solve(torch.eye(2), torch.tensor([3,2],dtype=i32), ones(2,1))  RuntimeError
L.lu_solve(torch.eye(2), torch.tensor([-1,2],dtype=i32), ones(2,1))  RuntimeError
L.lu_solve(torch.eye(2), torch.tensor([1,2]), ones(2,1))  RuntimeError
L.lu_solve(torch.eye(2), torch.tensor([1],dtype=i32), ones(2,1))  RuntimeError
L.lu_solve(torch.eye(2).half(), torch.tensor([1,2],dtype=i32), ones(2,1).half())  NotImplementedError
L.lu_solve(torch.eye(2).long(), torch.tensor([1,2],dtype=i32), ones(2,1).long())  RuntimeError
L.lu_solve(torch.eye(2), torch.tensor(1,dtype=i32), ones(2,1))  IndexError
L.lu_solve(torch.eye(2), torch.tensor([1,2],dtype=i32), ones(2))  RuntimeError
L.lu_solve(torch.eye(2), torch.tensor([1,2],dtype=i32), ones(3,1))  RuntimeError
L.lu_solve(torch.eye(2).requires_grad_(), torch.tensor([3,2],dtype=i32), ones(2,1))  RuntimeError
torch.lu_solve(ones(2,1), torch.eye(2), torch.tensor([3,2],dtype=i32))  RuntimeError
torch.lu_solve(ones(2), torch.eye(2), torch.tensor([1,2],dtype=i32))  RuntimeError
torch.lu_unpack(torch.eye(2), torch.tensor([3,2],dtype=i32))  RuntimeError
torch.lu_unpack(torch.eye(2), torch.tensor([0,2],dtype=i32))  RuntimeError
torch.lu_unpack(torch.eye(2), torch.tensor([1],dtype=i32))  RuntimeError
torch.lu_unpack(torch.eye(2), torch.tensor([1,2,1],dtype=i32))  None
torch.lu_unpack(torch.eye(2), torch.tensor(1,dtype=i32))  RuntimeError
torch.lu_unpack(torch.eye(2), ones(3,2,dtype=i32))  RuntimeError
torch.lu_unpack(torch.eye(2)[0], torch.tensor([1],dtype=i32))  RuntimeError
torch.lu_unpack(torch.eye(2), torch.tensor([1,2]))  RuntimeError
L.householder_product(torch.eye(2), ones(3))  RuntimeError
L.householder_product(torch.eye(2), torch.tensor(1.))  IndexError
L.householder_product(torch.tensor(1.), torch.tensor(1.))  RuntimeError
L.householder_product(torch.eye(2).half(), ones(2).half())  NotImplementedError
L.householder_product(torch.eye(2).long(), ones(2).long())  NotImplementedError
L.householder_product(torch.eye(2), ones(2).double())  RuntimeError
L.householder_product(torch.eye(2), ones(1,2))  RuntimeError
L.householder_product(ones(2,3), ones(2))  RuntimeError
torch.orgqr(torch.eye(2), ones(3))  RuntimeError
torch.ormqr(torch.eye(2), torch.tensor(1.), torch.eye(2))  IndexError
torch.ormqr(torch.eye(2).half(), ones(2).half(), torch.eye(2).half())  NotImplementedError
torch.ormqr(torch.eye(2).long(), ones(2).long(), torch.eye(2).long())  NotImplementedError
torch.ormqr(torch.eye(2), ones(3), torch.eye(2))  RuntimeError
torch.ormqr(torch.eye(2), ones(2), torch.eye(3))  RuntimeError
torch.ormqr(ones(3,2), ones(2), ones(2,3))  RuntimeError
torch.cholesky_solve(torch.eye(2).half(), torch.eye(2).half())  NotImplementedError
torch.cholesky_solve(torch.eye(2).long(), torch.eye(2).long())  NotImplementedError
torch.cholesky_solve(ones(2), torch.eye(2))  RuntimeError
torch.cholesky_solve(ones(3,1), torch.eye(2))  RuntimeError
torch.cholesky_solve(ones(2,1), torch.eye(2).double())  RuntimeError
torch.cholesky_inverse(torch.eye(2).half())  NotImplementedError
torch.cholesky_inverse(torch.eye(2).long())  NotImplementedError
torch.cholesky_inverse(ones(2))  RuntimeError
torch.cholesky_inverse(ones(2,3))  RuntimeError
torch.cholesky(torch.eye(2).long())  NotImplementedError
L.cholesky(ones(2,3))  RuntimeError
L.cholesky(torch.tensor(1.))  RuntimeError
torch.triangular_solve(torch.eye(2).long(), torch.eye(2).long())  NotImplementedError
torch.triangular_solve(torch.eye(2).half(), torch.eye(2).half())  NotImplementedError
torch.triangular_solve(ones(3,2), torch.eye(2))  RuntimeError
torch.triangular_solve(ones(2), torch.eye(2))  RuntimeError
L.solve_triangular(torch.eye(2), ones(3,1), upper=True)  RuntimeError
L.solve_triangular(torch.eye(2), ones(2), upper=True)  RuntimeError
L.solve_triangular(torch.eye(2), ones(2,1))  TypeError
L.matrix_power(torch.eye(2), 2**63)  ValueError
L.matrix_power(torch.eye(2), 2.0)  TypeError
L.matrix_power(torch.eye(2), nan)  TypeError
L.matrix_power(torch.eye(2), None)  TypeError
L.matrix_power(torch.eye(2), True)  TypeError
L.matrix_power(torch.eye(2).bool(), 3)  NotImplementedError
L.matrix_power(ones(2,3), 3)  RuntimeError
L.matrix_power(zeros(2,2), -1)  _LinAlgError
torch.matrix_power(torch.eye(2), 2.5)  TypeError
L.matrix_exp(ones(2,3))  RuntimeError
L.matrix_exp(ones(2,2).long())  RuntimeError
L.qr(ones(2), 'r')  RuntimeError
L.qr(ones(2,2), 'x')  RuntimeError
L.qr(ones(2,2), None)  TypeError
L.qr(ones(2,2), 5)  TypeError
L.eigh(ones(2,2), UPLO='X')  RuntimeError
L.eigh(ones(2,2), UPLO='')  RuntimeError
L.eigh(ones(2,2), UPLO='LU')  RuntimeError
L.eigh(ones(2,2), UPLO=None)  TypeError
L.eigh(ones(2,2), UPLO=5)  TypeError
L.lstsq(ones(2,2), ones(2,2), driver='x')  RuntimeError
L.lstsq(ones(2,2), ones(2,2), driver=5)  TypeError
L.lstsq(ones(2,2), ones(2,2), rcond='a')  TypeError
L.lstsq(ones(2,2), ones(3,2))  RuntimeError
L.lstsq(ones(2), ones(2))  RuntimeError
L.lstsq(ones(2,2), torch.tensor(1.))  RuntimeError
L.lstsq(ones(2,2), ones(4,2,2))  RuntimeError
L.lstsq(ones(2,2), ones(2,2).double())  RuntimeError
L.lstsq(ones(2,2).half(), ones(2,2).half())  RuntimeError
L.pinv(torch.eye(2), rcond='a')  TypeError
L.pinv(ones(2,3), hermitian=True)  RuntimeError
L.pinv(ones(2).long())  RuntimeError
L.pinv(torch.eye(2).half())  RuntimeError
L.pinv(torch.eye(2).long())  RuntimeError
torch.pinverse(torch.eye(2), rcond='a')  TypeError
L.matrix_rank(torch.eye(2), atol='a')  TypeError
L.matrix_rank(torch.eye(2), atol=ones(2), rtol=ones(3))  RuntimeError
L.matrix_rank(ones(2,3), hermitian=True)  RuntimeError
L.matrix_rank(torch.eye(2).long())  RuntimeError
L.matrix_rank(ones(2))  RuntimeError
L.cond(torch.eye(2), p='a')  RuntimeError
L.cond(torch.eye(2), p=3)  RuntimeError
L.cond(torch.eye(2), p=nan)  RuntimeError
L.cond(ones(2,3), p=1)  RuntimeError
L.norm(ones(2,2), ord='a')  RuntimeError
L.norm(ones(2,2), ord=nan)  RuntimeError
L.norm(ones(2,2), dim=5)  IndexError
L.norm(ones(2,2), dim=(0,0))  RuntimeError
L.norm(ones(2,2), dim=(0,1,2))  RuntimeError
L.norm(ones(2,2), dim=1.5)  TypeError
L.norm(ones(2,2), dim=())  RuntimeError
L.norm(ones(2,2), ord=2, dim=())  RuntimeError
L.matrix_norm(ones(2,2), ord='a')  RuntimeError
L.matrix_norm(ones(2,2), ord=None)  TypeError
L.matrix_norm(ones(2,2), ord=3)  RuntimeError
L.matrix_norm(ones(2,2), dim=(0,5))  IndexError
L.matrix_norm(ones(2,2), dim=(0,1.0))  TypeError
L.matrix_norm(ones(2,2), dim=0)  TypeError
L.matrix_norm(ones(2,2), dim=None)  TypeError
L.matrix_norm(torch.full((2,2),nan), ord=2)  _LinAlgError
L.vector_norm(ones(2,2), ord='a')  TypeError
L.vector_norm(ones(2,2), ord=None)  TypeError
L.vector_norm(ones(2,2), dim=5)  IndexError
L.vector_norm(ones(0), ord=inf)  RuntimeError
L.cross(ones(3), ones(3), dim=5)  IndexError
L.cross(ones(3), ones(3), dim=1.0)  TypeError
L.cross(ones(3), ones(2))  RuntimeError
L.cross(ones(2,3), ones(3))  RuntimeError
L.cross(ones(2,3), ones(3,3))  RuntimeError
L.cross(torch.tensor(1.), torch.tensor(1.))  IndexError
torch.cross(ones(2,2), ones(2,2))  RuntimeError
torch.cross(ones(3), ones(3), 5)  IndexError
L.vecdot(ones(3), ones(2))  RuntimeError
L.vecdot(ones(2,3), ones(2,3), dim=1.5)  TypeError
L.tensorinv(ones(4,2,2), ind=-1)  RuntimeError
L.tensorinv(ones(4,2,2), ind=5)  RuntimeError
L.tensorinv(ones(4,2,2), ind=1.0)  TypeError
L.tensorsolve(ones(2,3), ones(2))  RuntimeError
L.tensorsolve(torch.eye(4).reshape(2,2,4), ones(2,2), dims=(5,))  IndexError
L.tensorsolve(torch.eye(4).reshape(2,2,4), ones(2,2), dims=(0,0))  RuntimeError
L.tensorsolve(torch.eye(4).reshape(2,2,4), ones(2,2), dims=1.0)  TypeError
L.vander(ones(3), N=0)  RuntimeError
L.vander(ones(3), N=2.5)  TypeError
L.vander(ones(3), N=-1)  RuntimeError
L.diagonal(ones(3,3), offset=1.5)  TypeError
L.diagonal(ones(3,3), dim1=5)  IndexError
L.multi_dot([ones(2,3)])  RuntimeError
L.multi_dot([])  RuntimeError
L.multi_dot([ones(2,3), ones(2,3)])  RuntimeError
L.inv(ones(2))  RuntimeError
L.inv(ones(2,3))  RuntimeError
L.inv(torch.eye(2).half())  RuntimeError
L.inv(zeros(2,2))  _LinAlgError
L.det(ones(2,3))  RuntimeError
L.slogdet(ones(2,3))  RuntimeError
L.solve(ones(2,3), ones(2))  RuntimeError
L.solve(torch.eye(2), ones(3))  RuntimeError
L.solve(torch.eye(2), ones(3,1))  RuntimeError
L.solve(torch.eye(2), torch.tensor(1.))  RuntimeError
L.solve(torch.eye(2), ones(2), left=False)  RuntimeError
L.solve(torch.eye(2), ones(2).double())  RuntimeError
L.solve(torch.eye(2).long(), ones(2).long())  RuntimeError
L.svd(ones(2))  RuntimeError
L.svd(ones(2,2), driver='gesvd')  RuntimeError
L.svd(ones(2,2), driver=5)  TypeError
torch.svd_lowrank(ones(3,3), q=-1)  RuntimeError
torch.svd_lowrank(ones(3,3), q=1.5)  TypeError
torch.svd_lowrank(ones(3,3), q=2, niter=1.5)  TypeError
torch.svd_lowrank(torch.full((3,3),nan), q=2)  _LinAlgError
torch.svd_lowrank(torch.full((3,3),inf), q=2)  _LinAlgError
torch.svd_lowrank(ones(3), q=2)  ValueError
torch.pca_lowrank(ones(3,3), q=-1)  ValueError
torch.pca_lowrank(ones(3,3), q=2, niter=-1)  ValueError
torch.pca_lowrank(ones(3), q=2)  ValueError
torch.lobpcg(torch.eye(9), k=100)  ValueError
torch.lobpcg(torch.eye(9)*nan, k=1, niter=3)  _LinAlgError
torch.lobpcg(torch.eye(9)*inf, k=1, niter=3)  _LinAlgError
torch.geqrf(ones(2).long())  RuntimeError
torch.geqrf(ones(2,2).half())  NotImplementedError
torch.logdet(ones(2,3))  RuntimeError
""",
    "dtypes": r"""
L.det(torch.eye(2).half())  NotImplementedError
L.slogdet(torch.eye(2).half())  RuntimeError
L.solve(torch.eye(2).half(), ones(2,1).half())  NotImplementedError
L.cholesky(torch.eye(2).half())  NotImplementedError
L.cholesky_ex(torch.eye(2).half())  NotImplementedError
L.lu_factor(torch.eye(2).half())  NotImplementedError
L.lu(torch.eye(2).half())  NotImplementedError
L.ldl_factor(torch.eye(2).half())  NotImplementedError
L.qr(torch.eye(2).half())  NotImplementedError
L.eigh(torch.eye(2).half())  NotImplementedError
L.eig(torch.eye(2).half())  NotImplementedError
L.eigvals(torch.eye(2).half())  NotImplementedError
L.svd(torch.eye(2).half())  NotImplementedError
L.svdvals(torch.eye(2).half())  NotImplementedError
L.inv_ex(torch.eye(2).half())  RuntimeError
L.matrix_power(torch.eye(2).half(), -2)  RuntimeError
L.cond(torch.eye(2).half())  NotImplementedError
L.tensorinv(torch.eye(4).reshape(4,2,2).half(), ind=1)  RuntimeError
L.tensorsolve(torch.eye(4).reshape(2,2,4).half(), ones(2,2).half())  NotImplementedError
L.solve_triangular(torch.eye(2).half(), torch.eye(2).half(), upper=True)  NotImplementedError
torch.logdet(torch.eye(2).half())  RuntimeError
torch.slogdet(torch.eye(2).long())  RuntimeError
L.det(torch.eye(2).long())  RuntimeError
L.slogdet(torch.eye(2).long())  RuntimeError
L.solve(torch.eye(2).long(), ones(2,1).long())  RuntimeError
L.cholesky(torch.eye(2).long())  RuntimeError
L.cholesky_ex(torch.eye(2).long())  RuntimeError
L.lu_factor(torch.eye(2).long())  NotImplementedError
L.ldl_factor(torch.eye(2).long())  RuntimeError
L.qr(torch.eye(2).long())  RuntimeError
L.eigh(torch.eye(2).long())  NotImplementedError
L.eig(torch.eye(2).long())  RuntimeError
L.eigvals(torch.eye(2).long())  RuntimeError
L.svd(torch.eye(2).long())  RuntimeError
L.inv_ex(torch.eye(2).long())  RuntimeError
L.inv(torch.eye(2).long())  RuntimeError
L.matrix_power(torch.eye(2).long(), -2)  RuntimeError
L.cond(torch.eye(2).long())  RuntimeError
L.solve_triangular(torch.eye(2).long(), torch.eye(2).long(), upper=True)  NotImplementedError
L.lstsq(torch.eye(2).long(), torch.eye(2).long())  RuntimeError
L.lstsq(torch.eye(2).half(), torch.eye(2).half(), rcond=0.1)  NotImplementedError
L.lstsq(torch.eye(2).long(), torch.eye(2).long(), rcond=0.1)  NotImplementedError
L.pinv(torch.eye(2).bool())  RuntimeError
L.matrix_norm(ones(2,0), ord=-2)  IndexError
L.matrix_norm(ones(2,0), ord=-1)  IndexError
L.norm(ones(2,2,2), dim=(0,1,2))  RuntimeError
L.norm(ones(2,2,2), 2, dim=(0,1,2))  RuntimeError
L.norm(ones(2,2,2), 2)  RuntimeError
L.svd(torch.eye(2).bfloat16())  NotImplementedError
L.inv(torch.eye(2).bfloat16())  RuntimeError
torch.geqrf(torch.eye(2).half())  NotImplementedError
""",
    "transforms": r"""
torch.fft.fft(seq(4), n=2**62)  RuntimeError
torch.fft.fft(seq(4), n=2**63)  ValueError
torch.fft.fft(seq(4), n=0)  RuntimeError
torch.fft.fft(seq(4), n=-1)  RuntimeError
torch.fft.fft(seq(4), n=2.0)  TypeError
torch.fft.fft(seq(4), dim=1)  IndexError
torch.fft.fft(seq(4), dim=-2)  IndexError
torch.fft.fft(seq(4), dim=0.0)  TypeError
torch.fft.fft(seq(4), dim=2**70)  ValueError
torch.fft.fft(seq(4), norm='x')  RuntimeError
torch.fft.fft(seq(4), norm=5)  TypeError
torch.fft.fft(torch.tensor(1.))  IndexError
torch.fft.fft(seq(0))  RuntimeError
torch.fft.fft(seq(4).half())  RuntimeError
torch.fft.rfft(seq(4,dt=c64))  RuntimeError
torch.fft.irfft(seq(4,dt=c64), n=2**62)  RuntimeError
torch.fft.irfft(seq(4,dt=c64), n=0)  RuntimeError
torch.fft.irfft(seq(1,dt=c64))  RuntimeError
torch.fft.irfft(seq(4,dt=c64), n=-2)  RuntimeError
torch.fft.fft2(seq(4,4), s=(2,))  RuntimeError
torch.fft.fft2(seq(4,4), s=(2,2.5))  TypeError
torch.fft.fft2(seq(4,4), s=(-1,-2))  RuntimeError
torch.fft.fft2(seq(4,4), s=(0,2))  RuntimeError
torch.fft.fft2(seq(4,4), dim=(0,0))  RuntimeError
torch.fft.fft2(seq(4,4), dim=(0,5))  IndexError
torch.fft.fft2(seq(4,4), dim=(0,1,1))  RuntimeError
torch.fft.fft2(seq(4))  IndexError
torch.fft.fft2(seq(4,4), s=2)  RuntimeError
torch.fft.fftn(seq(4,4), s=(2,2,2))  RuntimeError
torch.fft.fftn(seq(4,4), s=(2,2), dim=(0,))  RuntimeError
torch.fft.fftn(seq(4,4), s='a')  TypeError
torch.fft.rfftn(seq(4,4), dim=())  RuntimeError
torch.fft.irfftn(seq(4,4,dt=c64), s=(2,0))  RuntimeError
torch.fft.irfftn(seq(4,4,dt=c64), dim=(1,1))  RuntimeError
torch.fft.fftfreq(-3)  RuntimeError
torch.fft.fftfreq(2.5)  TypeError
torch.fft.fftfreq(4, d='a')  TypeError
torch.fft.rfftfreq(2.5)  TypeError
torch.fft.rfftfreq(2**62)  RuntimeError
torch.fft.fftshift(seq(4,4), dim=5)  IndexError
torch.fft.fftshift(seq(4,4), dim=1.5)  TypeError
torch.fft.fftshift(seq(4,4), dim=(0,'a'))  TypeError
torch._fft_c2c(seq(4,dt=c64), [0,0], 0, True)  RuntimeError
torch._fft_c2c(seq(4), [0], 0, True)  RuntimeError
torch._fft_r2c(seq(4), [], 0, True)  RuntimeError
torch._fft_r2c(seq(4,dt=c64), [0], 0, True)  RuntimeError
torch._fft_r2c(seq(4).half(), [0], 0, True)  RuntimeError
torch._fft_c2r(seq(4,dt=c64), [0], 0, 0)  RuntimeError
torch._fft_c2r(seq(4,dt=c64), [0], 0, -1)  RuntimeError
torch._fft_c2r(seq(4,dt=c64), [0], 0, 2**62)  RuntimeError
torch._fft_c2r(seq(4,dt=c64), [], 0, 6)  RuntimeError
torch._fft_c2r(seq(4), [0], 0, 6)  RuntimeError
torch._fft_c2r(seq(4,dt=c64), [0], 0, 2.5)  TypeError
torch.stft(seq(16), 4.0, return_complex=True).shape  TypeError
torch.stft(seq(16), 4, hop_length=0, return_complex=True).shape  RuntimeError
torch.stft(seq(16), 4, hop_length=-1, return_complex=True).shape  RuntimeError
torch.stft(seq(16), 4, hop_length=1.5, return_complex=True).shape  TypeError
torch.stft(seq(16), 4, win_length=5, return_complex=True).shape  RuntimeError
torch.stft(seq(16), 4, win_length=0, return_complex=True).shape  RuntimeError
torch.stft(seq(16), 0, return_complex=True).shape  RuntimeError
torch.stft(seq(16), -2, return_complex=True).shape  RuntimeError
torch.stft(seq(16), 2**62, return_complex=True).shape  RuntimeError
torch.stft(seq(16), 2**62, center=False, return_complex=True).shape  RuntimeError
torch.stft(seq(16), 4, window=ones(3), return_complex=True).shape  RuntimeError
torch.stft(seq(16), 4, window=ones(2,2), return_complex=True).shape  RuntimeError
torch.stft(seq(16), 4, window=5, return_complex=True).shape  TypeError
torch.stft(seq(0), 4, return_complex=True).shape  RuntimeError
torch.stft(seq(16), 1, return_complex=True).shape  RuntimeError
torch.stft(seq(16), 4, pad_mode='x', return_complex=True).shape  NotImplementedError
torch.stft(seq(16).long(), 4, return_complex=True).shape  RuntimeError
torch.stft(seq(2,2,2), 4, return_complex=True).shape  RuntimeError
torch.istft(torch.stft(seq(16), 4, return_complex=True), 4, hop_length=0).shape  RuntimeError
torch.istft(torch.stft(seq(16), 4, return_complex=True), 4, hop_length=2**62).shape  RuntimeError
torch.istft(torch.stft(seq(16), 4, return_complex=True), 4, hop_length=1.5).shape  TypeError
torch.istft(torch.stft(seq(16), 4, return_complex=True), 4, length=2**62).shape  RuntimeError
torch.istft(torch.stft(seq(16), 4, return_complex=True), 4, length=2.5).shape  TypeError
torch.istft(torch.stft(seq(16), 4, return_complex=True), 4, length=0).shape  RuntimeError
torch.istft(torch.stft(seq(16), 4, return_complex=True), 2**62).shape  RuntimeError
torch.istft(torch.stft(seq(16), 4, return_complex=True), -4).shape  RuntimeError
torch.istft(torch.stft(seq(16), 4, return_complex=True), 4, window=zeros(4)).shape  RuntimeError
torch.istft(torch.stft(seq(16), 4, return_complex=True), 4, window=ones(5)).shape  RuntimeError
torch.istft(seq(16), 4).shape  RuntimeError
torch.istft(empty(3,0,dtype=c64), 4).shape  RuntimeError
torch.hann_window(2.5)  TypeError
torch.hann_window(-1)  RuntimeError
torch.hann_window(2**62)  RuntimeError
torch.hann_window(True)  TypeError
torch.hann_window('a')  TypeError
torch.hann_window(4, dtype=i64)  RuntimeError
torch.hamming_window(4, True, 'a')  TypeError
torch.kaiser_window(4, True, 'a')  TypeError
torch.kaiser_window(2.5)  TypeError
torch.bartlett_window(2**62)  RuntimeError
torch.blackman_window(None)  TypeError
""",
    "lists": r"""
torch._foreach_add([ones(2),ones(3)],[ones(2)])  RuntimeError
torch._foreach_add([ones(2),ones(3)],[ones(2),ones(4)])  RuntimeError
torch._foreach_add([],[ones(2)])  RuntimeError
torch._foreach_add([],[])  RuntimeError
torch._foreach_add([ones(2)],[None])  TypeError
torch._foreach_add([None],[ones(2)])  TypeError
torch._foreach_add([ones(2)],[1,2])  RuntimeError
torch._foreach_add([ones(2)],None)  TypeError
torch._foreach_add(ones(2),[ones(2)])  TypeError
torch._foreach_add([ones(2),ones(2)],[1.0])  RuntimeError
torch._foreach_add([ones(2)],'a')  TypeError
torch._foreach_add([1,2],[1,2])  TypeError
torch._foreach_mul([ones(2)],[ones(2),ones(2)])  RuntimeError
torch._foreach_mul_([ones(2)],[ones(2),ones(2)])  RuntimeError
torch._foreach_addcmul([ones(2)],[ones(2)],[ones(2),ones(2)])  RuntimeError
torch._foreach_addcmul([ones(2)],[ones(2)],[ones(2)],[1.,2.])  RuntimeError
torch._foreach_addcmul([ones(2)],[ones(2)],[ones(2)],ones(2))  RuntimeError
torch._foreach_addcmul([ones(2)],[ones(2)],[ones(2)],ones(1,1))  RuntimeError
torch._foreach_addcmul([ones(2)],[ones(2)],None)  TypeError
torch._foreach_addcdiv([ones(2)],[ones(3)],[ones(2)])  RuntimeError
torch._foreach_lerp([ones(2)],[ones(2),ones(2)],0.5)  RuntimeError
torch._foreach_lerp([ones(2)],[ones(2)],[0.5,0.5])  RuntimeError
torch._foreach_lerp([ones(2)],[ones(2)],None)  TypeError
torch._foreach_norm([])  RuntimeError
torch._foreach_norm([ones(2)],'a')  TypeError
torch._foreach_norm([None])  TypeError
torch._foreach_norm(ones(2))  TypeError
torch._foreach_abs([])  RuntimeError
torch._foreach_abs([None])  TypeError
torch._foreach_abs([1])  TypeError
torch._foreach_abs(None)  TypeError
torch._foreach_copy_([ones(2)],[ones(2),ones(2)])  RuntimeError
torch._foreach_copy_([ones(2)],[ones(3)])  RuntimeError
torch._foreach_copy_([ones(2)],None)  TypeError
torch._foreach_zero_([None])  TypeError
torch._foreach_zero_([])  RuntimeError
torch._foreach_pow(2.,None)  TypeError
torch._foreach_pow([ones(2)],[1,2])  RuntimeError
torch._foreach_max([ones(0)])  RuntimeError
torch._fused_adagrad_([ones(3)],[ones(3)],[ones(2)],[torch.tensor(1.)],lr=.1,lr_decay=0.,weight_decay=0.,eps=1e-8, \
    maximize=False)  None
torch._fused_adagrad_([ones(3)],[ones(3)],[ones(3)],[],lr=.1,lr_decay=0.,weight_decay=0.,eps=1e-8, \
    maximize=False)  RuntimeError
torch._fused_adagrad_([ones(3)],[ones(3)],[ones(3)],[ones(0)],lr=.1,lr_decay=0.,weight_decay=0.,eps=1e-8, \
    maximize=False)  RuntimeError
torch.optim.lr_scheduler.StepLR(torch.optim.SGD([nn.Parameter(ones(1))],lr=.1), 0).step()  ZeroDivisionError
torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(torch.optim.SGD([nn.Parameter(ones(1))],lr=.1), 0)  ValueError
torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(torch.optim.SGD([nn.Parameter(ones(1))],lr=.1), 1, \
    2).step(nan)  ValueError
torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(torch.optim.SGD([nn.Parameter(ones(1))],lr=.1), 1, \
    2).step(inf)  OverflowError
torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(torch.optim.SGD([nn.Parameter(ones(1))],lr=.1), 1, 0)  ValueError
torch.optim.lr_scheduler.CyclicLR(torch.optim.SGD([nn.Parameter(ones(1))],lr=.1), \
    .1,.2,step_size_up=0).step()  ZeroDivisionError
torch.optim.lr_scheduler.OneCycleLR(torch.optim.SGD([nn.Parameter(ones(1))],lr=.1), .1, total_steps=2.5)  ValueError
""",
}


@pytest.mark.parametrize("family", RAISES)
def test_what_does_not_fit_raises(family):
    wrong = []
    for code, wanted in (line.rsplit(None, 1) for line in RAISES[family].replace("\\\n", "").splitlines() if line):
        got = verdict(code.strip(), NAMES)
        if not got.endswith("Error") or got == "NameError" or wanted not in ("None", got):
            wrong.append(f"{code}: {got}, expected {wanted}")
    assert not wrong, "\n".join(wrong)


WITHOUT_END = """
L.pinv(a)
L.svd(a)
L.svdvals(a)
L.lstsq(a, b, driver="gelsd")
L.lstsq(a, b, driver="gelss")
L.lstsq(a, b, driver="gelsy")
L.lstsq(a, b, driver="gels")
torch.svd_lowrank(a, 2)
L.eigh(a[:3, :3])
L.eig(a[:3, :3])
L.pinv(a[:3, :3], hermitian=True)
L.matrix_exp(a[:3, :3])
"""


@pytest.mark.parametrize("value", [inf, -inf, nan])
@pytest.mark.parametrize("dtype", [torch.float32, f64, c64, torch.complex128])
@pytest.mark.parametrize("shape", [(3, 4), (4, 3), (9, 12)])
def test_no_iteration_over_what_is_not_finite(value, dtype, shape):
    a, b = seq(*shape, dt=dtype), torch.ones(shape[0], 2, dtype=dtype)
    a[1, 0] = value
    late = {}
    for code in WITHOUT_END.split("\n")[1:-1]:
        got = outcome(lambda: eval(code, {**NAMES, "a": a, "b": b}), limit_s=10)
        if not got.startswith(("value", "raised")):
            late[code] = got
    assert not late


def test_only_the_triangle_that_is_read_must_be_finite():
    a = torch.eye(3)
    a[0, 2] = nan
    assert torch.linalg.eigvalsh(a).tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(torch.linalg.LinAlgError):
        torch.linalg.eigvalsh(a, UPLO="U")


def test_the_batch_element_that_is_not_finite_is_named():
    a = torch.eye(3).repeat(2, 1, 1)
    a[1, 1, 0] = nan
    for function in (torch.linalg.svd, torch.linalg.pinv):
        with pytest.raises(
            torch.linalg.LinAlgError, match=r"linalg.svd: \(Batch element 1\): .* contained non-finite values"
        ):
            function(a)


def test_no_kernel_takes_addresses():
    assert not [name for name in _C.kernel_names() if "install" in name]


def matrix(*shape, dtype=torch.float32):
    return torch.ones(shape, dtype=dtype)


def pivots(*numbers):
    return torch.tensor(numbers, dtype=i32)


KERNELS = [
    ("lapack_lu", (matrix(3, 3), pivots(0, 0), matrix(dtype=i32), matrix(3, 3)), ()),
    ("lapack_lu", (matrix(2, 2), pivots(0, 0, 0), None, matrix(3, 3)), ()),
    ("lapack_lu_solve", (matrix(2, 1), matrix(2, 2), pivots(3, 1), matrix(2, 1)), (0,)),
    ("lapack_lu_solve", (matrix(2, 1), matrix(2, 2), pivots(1, 2), matrix(2, 1)), (7,)),
    ("lapack_lu_solve", (matrix(2, 1), matrix(2, 3), pivots(1, 2), matrix(2, 1)), (0,)),
    ("lapack_cholesky", (matrix(2, 2), None, matrix(3, 3)), (False,)),
    ("lapack_cholesky_solve", (matrix(2, 1), matrix(2, 1), matrix(3, 3)), (False,)),
    ("lapack_qr", (matrix(3, 2), matrix(3), matrix(3, 2)), ()),
    ("lapack_reflect", (matrix(3, 2), matrix(3, 2), matrix(3)), ()),
    ("lapack_reflect", (matrix(2, 3), matrix(2, 3), matrix(2)), ()),
    ("lapack_reflect_times", (matrix(2, 2), matrix(2, 2), matrix(5), matrix(2, 2)), (True, False)),
    ("blas_triangular", (matrix(2, 1), matrix(3, 3), matrix(2, 1)), (True, True, False)),
    ("lapack_ldl", (matrix(2, 2), pivots(0), None, matrix(2, 2)), (False,)),
    ("lapack_ldl_solve", (matrix(2, 1), matrix(2, 2), pivots(1, -2), matrix(2, 1)), (False,)),
    ("lapack_ldl_solve", (matrix(2, 1), matrix(2, 2), pivots(-1, 2), matrix(2, 1)), (False,)),
    ("lapack_eigh", (matrix(2), matrix(2, 2), None, matrix(3, 3)), (False,)),
    ("lapack_eigh", (matrix(2, dtype=f64), None, None, matrix(2, 2)), (False,)),
    ("lapack_eig", (matrix(2), None, None, matrix(2, 2)), ()),
    ("lapack_svd", (matrix(2), matrix(2, 1), matrix(1, 2), None, matrix(2, 2)), ()),
    ("lapack_svd", (matrix(2), matrix(2, 2), None, None, matrix(2, 2)), ()),
    ("lapack_lstsq", (matrix(2, 1), None, None, None, matrix(3, 2), matrix(3, 1)), (0, 0.1)),
    ("lapack_lstsq", (matrix(3, 1), None, None, None, matrix(3, 2), matrix(3, 1)), (9, 0.1)),
    ("lapack_qr", (matrix(3, 2, dtype=f16), matrix(2, dtype=f16), matrix(3, 2, dtype=f16)), ()),
]


@pytest.mark.parametrize("kernel, tensors, scalars", KERNELS)
def test_kernels_compare_their_operands(kernel, tensors, scalars):
    torch.linalg.inv(torch.eye(2))  # the library is there
    got = outcome(lambda: _C.call(_C.kernel_id(kernel), tensors, scalars))
    assert got.startswith("raised"), got
